// SPDX-License-Identifier: AGPL-3.0-or-later
// Passkeys: a form marked data-passkey ("create" or "get") is shown where the browser knows them. When it is sent, the options
// are fetched from data-options with the form's own token, the device is asked, and its answer goes into the field "answer".
// Without this script, or without such a device, every page has another way.

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const described = (list) => (list || []).map((each) => ({ ...each, id: bytes(each.id) }));

async function options(form) {
  const fields = new URLSearchParams(new FormData(form));
  const answer = await fetch(form.dataset.options, { method: "POST", body: fields, credentials: "same-origin" });
  if (!(answer.headers.get("content-type") || "").startsWith("application/json")) {
    window.location.assign(answer.redirected ? answer.url : window.location.href);
    return null;
  }
  return answer.json();
}

async function make(given) {
  const publicKey = {
    ...given,
    challenge: bytes(given.challenge),
    user: { ...given.user, id: bytes(given.user.id) },
    excludeCredentials: described(given.excludeCredentials),
  };
  const made = await navigator.credentials.create({ publicKey });
  return {
    id: made.id,
    rawId: text(made.rawId),
    type: made.type,
    response: {
      attestationObject: text(made.response.attestationObject),
      clientDataJSON: text(made.response.clientDataJSON),
    },
  };
}

async function use(given) {
  const publicKey = {
    ...given,
    challenge: bytes(given.challenge),
    allowCredentials: described(given.allowCredentials),
  };
  const used = await navigator.credentials.get({ publicKey });
  const response = {
    authenticatorData: text(used.response.authenticatorData),
    clientDataJSON: text(used.response.clientDataJSON),
    signature: text(used.response.signature),
  };
  if (used.response.userHandle) response.userHandle = text(used.response.userHandle);
  return { id: used.id, rawId: text(used.rawId), type: used.type, response };
}

async function send(event) {
  const form = event.currentTarget;
  event.preventDefault();
  const trouble = form.querySelector("[data-passkey-trouble]");
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  if (trouble) trouble.hidden = true;
  try {
    const given = await options(form);
    if (!given) return;
    const answer = await (form.dataset.passkey === "create" ? make(given) : use(given));
    form.elements.namedItem("answer").value = JSON.stringify(answer);
    form.submit();
  } catch (fault) {
    console.warn(fault); // stopped by the person, or the device: the page says what to do
    if (trouble) trouble.hidden = false;
  } finally {
    delete form.dataset.busy;
  }
}

if (window.PublicKeyCredential && navigator.credentials) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", send);
  }
  for (const words of document.querySelectorAll("[data-without-passkeys]")) words.hidden = true;
}
