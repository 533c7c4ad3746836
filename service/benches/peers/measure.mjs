// One window: so many workers ask one thing after the other. The same loop as `hot/measure.rs`.
import { ask, draw } from "./keys.mjs";

const until = (instant) => new Promise((woken) => setTimeout(woken, Math.max(0, instant - performance.now())));

/** Measures `operation`. Times in µs; `found` counts what is before and after the window too. */
export async function measure(run, operation, workers, warmUp, window, number) {
  const from = performance.now() + warmUp;
  const end = from + window;
  const took = [];
  let [asked, found, ranOut] = [0, 0, 0];
  const work = async (worker) => {
    const below = draw(number * 1000 + worker);
    for (;;) {
      const keys = ask(operation, below, number, asked++);
      const begun = performance.now();
      if (keys === undefined) {
        ranOut = begun;
        return;
      }
      if (begun >= end) {
        asked--;
        return;
      }
      const answer = await run(keys);
      const ended = performance.now();
      found += answer ? 1 : 0;
      if (begun >= from && ended <= end) {
        took.push((ended - begun) * 1000);
      }
    }
  };
  const all = Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
  const measured = (async () => {
    await until(from);
    const before = process.cpuUsage();
    await until(end);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  })();
  const [cpu] = await Promise.all([measured, all]);
  if (took.length === 0) {
    throw new Error("nothing was answered within the window");
  }
  took.sort((one, other) => one - other);
  const at = (percent) => took[Math.floor(((took.length - 1) * percent) / 100)];
  const seconds = ((ranOut > from ? Math.min(ranOut, end) : end) - from) / 1000;
  return {
    per_second: took.length / seconds,
    operations: took.length,
    p50: at(50),
    p99: at(99),
    slowest: at(100),
    client_cpu: cpu / took.length,
    asked,
    found,
  };
}
