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

function on(id, work) {
  const form = at(id);
  // The service says what is wrong, in one voice.
  form.noValidate = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter ?? form.querySelector("button");
    button.disabled = true;
    notice("");
    show(form);
    try {
      await work(entered(form), form);
    } catch (problem) {
      if (!(problem instanceof Problem)) {
        notice("The service cannot be reached.");
      } else if (problem.code === "signed_out") {
        await refresh();
        notice("You were signed out.");
      } else {
        show(form, problem);
      }
    } finally {
      button.disabled = false;
    }
  });
}

let invitation = null;
let next = null;

// Everything as it is now.
async function refresh() {
  const me = await api("GET", "/session");
  const application = me?.application ?? null;
  at("who").textContent = me ? (me.user.name ?? me.user.email) : "";
  at("who").hidden = at("sign-out").hidden = at("user").hidden = me === null;
  at("guest").hidden = me !== null || invitation !== null;
  at("application").hidden = application === null;
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

async function showOffer(me) {
  at("offer").hidden = invitation === null;
  if (invitation === null) {
    return;
  }
  try {
    const offer = await api("POST", "/invitations/offer", { token: invitation });
    at("offer-text").textContent =
      `${offer.application} invites ${offer.email} as ${offer.roles.join(", ") || "a guest"}.`;
    at("accept").hidden = me === null;
    at("join").hidden = me !== null;
  } catch (problem) {
    invitation = null;
    at("offer").hidden = true;
    at("guest").hidden = me !== null;
    notice(`The invitation cannot be used: ${problem.message}`);
  }
}

function choice(application, chosen) {
  const button = element("button", application.name, { type: "button", "aria-pressed": chosen });
  button.addEventListener("click", async () => {
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
  remove.addEventListener("click", async () => {
    try {
      await api("DELETE", `/clients/${id}`);
      await listClients();
    } catch (problem) {
      notice(problem.message);
    }
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
on("join", async (input) => {
  await api("POST", "/invitations/join", { ...input, token: invitation });
  invitation = null;
  await refresh();
});
on("accept", async () => {
  await api("POST", "/invitations/accept", { token: invitation });
  invitation = null;
  await refresh();
});
at("more").addEventListener("click", () => listClients(true));
at("sign-out").addEventListener("click", async () => {
  await api("DELETE", "/session");
  await refresh();
});

// What a mail's link brings stands behind `#`, and leaves the address bar at once.
async function open() {
  const link = new URLSearchParams(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
  invitation = link.get("invitation") ?? invitation;
  const token = link.get("verify");
  let said = "";
  if (token !== null) {
    try {
      await api("POST", "/verify", { token });
      said = "Your address is confirmed: sign in.";
    } catch (problem) {
      said = problem.message;
    }
  }
  await refresh();
  if (said !== "") {
    notice(said);
  }
}
addEventListener("hashchange", () => location.hash !== "" && open());
await open();
