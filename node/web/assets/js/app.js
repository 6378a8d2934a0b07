// SPDX-License-Identifier: AGPL-3.0-or-later
// Small comforts on top of pages that work without them: the error summary takes the focus, a second click on a button is let
// go, words left are counted, Shift three times leaves a page, a sheet has a button to print it. Nothing here sends anything.

import { Button } from "govuk-frontend/dist/govuk/components/button/button.mjs";
import { CharacterCount } from "govuk-frontend/dist/govuk/components/character-count/character-count.mjs";
import { ErrorSummary } from "govuk-frontend/dist/govuk/components/error-summary/error-summary.mjs";
import { ExitThisPage } from "govuk-frontend/dist/govuk/components/exit-this-page/exit-this-page.mjs";

document.documentElement.classList.add("js");
// govuk-frontend looks for this before it starts; without module scripts nothing of it is needed.
document.body.classList.add("govuk-frontend-supported");

for (const Component of [ErrorSummary, Button, CharacterCount, ExitThisPage]) {
  for (const place of document.querySelectorAll(`[data-module="${Component.moduleName}"]`)) {
    try {
      new Component(place);
    } catch (fault) {
      console.warn(fault); // the page does without it
    }
  }
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => window.print());
}

// What is folded away is part of the page on paper; afterwards it is as it was.
let unfolded = [];
window.addEventListener("beforeprint", () => {
  unfolded = [...document.querySelectorAll("details:not([open])")];
  for (const each of unfolded) each.open = true;
});
window.addEventListener("afterprint", () => {
  for (const each of unfolded) each.open = false;
});

import "./passkeys.js";
