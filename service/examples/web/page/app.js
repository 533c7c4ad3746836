// The page talks to /api alone. Whatever came from a person is put in as text, never as HTML.

const at = (id) => document.getElementById(id);

class Problem extends Error {
  constructor(problem) {
    super(problem.detail);
    this.code = problem.code;
    this.errors = problem.errors ?? [];
  }
}

// Resolves to what was answered, `null` where that is nothing; rejects with a Problem.
async function api(method, path, body) {
  const response = await fetch(`/api${path}`, {
    method,
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  const answer = text === "" ? null : JSON.parse(text);
  if (!response.ok) {
    throw new Problem(answer ?? { detail: response.statusText });
  }
  return answer;
}

function notice(text) {
  at("notice").textContent = text;
  at("notice").hidden = text === "";
}

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text ?? "";
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttribute(key, value);
  }
  return made;
}

// What was entered; a field that was left empty is left out.
function entered(form) {
  return Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));
}

// Puts each error beside its field, and what belongs to none at the end of the form.
function show(form, problem) {
  for (const old of form.querySelectorAll(".error")) {
    old.remove();
  }
  for (const input of form.elements) {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
  }
  if (!problem) {
    return;
  }
  let rest = problem.errors.length === 0 ? [problem.message] : [];
  for (const { field, reason } of problem.errors) {
    const input = form.elements.namedItem(field.split(/[.[]/)[0]);
    if (input === null) {
      rest.push(`${field} ${reason}`);
      continue;
    }
    const id = `${form.id}-${input.name}-error`;
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", id);
    input.closest("label").append(element("span", reason, { class: "error", id }));
  }
  for (const text of rest) {
    form.append(element("p", text, { class: "error", role: "alert" }));
  }
  form.querySelector("[aria-invalid]")?.focus();
}

// Does the work, and tells what goes wrong; a session that is over leaves a page for guests.
async function attempt(work, tell = (problem) => notice(problem.message)) {
  notice("");
  try {
    await work();
  } catch (problem) {
    if (!(problem instanceof Problem)) {
      notice("The service cannot be reached.");
    } else if (problem.code === "signed_out") {
      const said = await refresh().then(() => "You were signed out.", () => "The service cannot be reached.");
      notice(said);
    } else {
      tell(problem);
    }
  }
}

function onClick(button, work) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    await attempt(work);
    button.disabled = false;
  });
}

function on(id, work) {
  const form = at(id);
  // The service says what is wrong, in one voice.
  form.noValidate = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter ?? form.querySelector("button");
    button.disabled = true;
    show(form);
    await attempt(() => work(entered(form), form), (problem) => show(form, problem));
    button.disabled = false;
  });
}

// The tokens that links of mails brought, until they are used.
let invitation = null;
let invited = null;
let confirmation = null;
let reset = null;
let next = null;

// Everything as it is now.
async function refresh() {
  const me = await api("GET", "/session");
  const application = me?.application ?? null;
  at("who").textContent = me ? (me.user.name ?? me.user.email) : "";
  at("who").hidden = at("sign-out").hidden = at("user").hidden = me === null;
  at("guest").hidden = me !== null;
  at("application").hidden = application === null;
  at("confirm").hidden = confirmation === null;
  at("reset").hidden = reset === null;
  if (me === null) {
    forget();
  }
  await showOffer(me);
  if (me === null) {
    return;
  }
  const applications = await api("GET", "/applications");
  at("applications").replaceChildren(
    ...applications.items.map((item) => choice(item, item.id === application?.id)),
  );
  if (application === null) {
    return;
  }
  at("application-name").textContent = application.name;
  const isAdmin = me.roles.includes("owner") || me.roles.includes("admin");
  at("invite").hidden = !isAdmin;
  await Promise.all([listClients(), listColleagues()]);
}

// Whoever comes to this browser next finds nothing of whoever was signed in, hidden or not.
function forget() {
  next = null;
  for (const id of ["applications", "application-name", "clients", "colleagues"]) {
    at(id).replaceChildren();
  }
  for (const form of document.querySelectorAll("#user form, #application form")) {
    form.reset();
    show(form);
  }
}

async function showOffer(me) {
  at("offer").hidden = invitation === null;
  // Who is invited need not sign up.
  at("new-here").hidden = invitation !== null;
  if (invitation === null) {
    return;
  }
  try {
    const offer = await api("POST", "/invitations/offer", { token: invitation });
    at("offer-text").textContent =
      `${offer.application} invites ${offer.email} as ${offer.roles.join(", ") || "a guest"}.`;
    const isTheirs = me === null || me.user.email === offer.email;
    at("offer-way").textContent = me === null
      ? "If you have an account, sign in and accept. If you have none, join:"
      : isTheirs ? "" : `You are signed in as ${me.user.email}: sign out first.`;
    at("accept").hidden = me === null || !isTheirs;
    at("join").hidden = me !== null;
    invited = offer.email;
  } catch (problem) {
    if (!(problem instanceof Problem)) {
      throw problem;
    }
    invitation = null;
    at("offer").hidden = true;
    at("new-here").hidden = false;
    notice(`The invitation cannot be used: ${problem.message}`);
  }
}

function choice(application, chosen) {
  const button = element("button", application.name, { type: "button", "aria-pressed": chosen });
  onClick(button, async () => {
    await api("PUT", "/session/application", { application_id: application.id });
    await refresh();
  });
  const item = element("li");
  item.append(button);
  return item;
}

async function listClients(more = false) {
  const query = new URLSearchParams();
  const text = at("search").elements.text.value;
  if (text !== "") {
    query.set("text", text);
  }
  if (more) {
    query.set("cursor", next);
  }
  const page = await api("GET", `/clients?${query}`);
  const rows = page.items.map(client);
  if (more) {
    at("clients").append(...rows);
  } else {
    at("clients").replaceChildren(...rows);
  }
  next = page.next;
  at("more").hidden = next === null;
}

function client({ id, name, email, phone }) {
  const row = element("tr");
  const remove = element("button", "Delete", { type: "button", class: "quiet", "aria-label": `Delete ${name}` });
  onClick(remove, async () => {
    await api("DELETE", `/clients/${id}`);
    await listClients();
  });
  const last = element("td");
  last.append(remove);
  row.append(element("td", name), element("td", email), element("td", phone), last);
  return row;
}

async function listColleagues() {
  const page = await api("GET", "/members");
  at("colleagues").replaceChildren(
    ...page.items.map(({ name, email, roles }) => element("li", `${name ?? email}: ${roles.join(", ")}`)),
  );
}

on("sign-up", async (input, form) => {
  await api("POST", "/sign-up", input);
  form.reset();
  notice("Look into your mail: the link in it confirms your address.");
});
on("confirm", async () => {
  await api("POST", "/verify", { token: confirmation });
  confirmation = null;
  await refresh();
  notice("Your address is confirmed: sign in.");
});
on("forgot", async (input, form) => {
  await api("POST", "/password/forgot", input);
  form.reset();
  notice("If you have an account, a link to choose another password is in your mail.");
});
on("reset", async (input, form) => {
  await api("POST", "/password/reset", { ...input, token: reset });
  form.reset();
  reset = null;
  await refresh();
  notice("You have another password: sign in.");
});
on("sign-in", async (input, form) => {
  await api("POST", "/session", input);
  form.reset();
  await refresh();
});
on("new-application", async (input, form) => {
  const application = await api("POST", "/applications", input);
  await api("PUT", "/session/application", { application_id: application.id });
  form.reset();
  await refresh();
});
on("new-client", async (input, form) => {
  await api("POST", "/clients", input);
  form.reset();
  await listClients();
});
on("search", () => listClients());
on("invite", async ({ email, role }, form) => {
  await api("POST", "/invitations", { email, roles: [role] });
  form.reset();
  notice("The invitation is in their mail.");
});
on("join", async (input, form) => {
  try {
    await api("POST", "/invitations/join", { ...input, token: invitation });
  } catch (problem) {
    if (problem.code !== "conflict") {
      throw problem;
    }
    form.reset();
    at("sign-in").elements.email.value = invited;
    at("sign-in").elements.password.focus();
    throw new Problem({ code: problem.code, detail: "You have an account: sign in first." });
  }
  form.reset();
  invitation = null;
  await refresh();
});
on("accept", async () => {
  await api("POST", "/invitations/accept", { token: invitation });
  invitation = null;
  await refresh();
});
onClick(at("more"), () => listClients(true));
onClick(at("sign-out"), async () => {
  await api("DELETE", "/session");
  await refresh();
});

// What a mail's link brings stands behind `#`, and leaves the address bar at once. It is used where somebody presses a
// button: programs that look at mails open links too, and run what is on the page.
async function open() {
  const link = new URLSearchParams(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
  invitation = link.get("invitation") ?? invitation;
  confirmation = link.get("verify") ?? confirmation;
  reset = link.get("reset") ?? reset;
  await refresh();
}
addEventListener("hashchange", () => location.hash !== "" && attempt(open));
await attempt(open);
