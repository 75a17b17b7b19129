"""Whatever goes wrong here, the form is neither held back for ever nor sent past a closed site."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from detector_service import receiving
from detector_service.checks.problems import PROBLEMS
from tests.extension.in_node import told_by

SENDING = Path(__file__).parents[3] / "detector_service" / "posters" / "script" / "service.js"

POSTER = """
import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";
import { soon } from "./tests/extension/dom_in_node.mjs";

const stored = new Map();
globalThis.sessionStorage = {
  getItem: (key) => stored.get(key) ?? null,
  setItem: (key, value) => stored.set(key, value),
  removeItem: (key) => stored.delete(key),
};
const complaints = [];
globalThis.reportError = (error) => complaints.push(String(error));
process.on("unhandledRejection", (error) => complaints.push(String(error)));

const label = { outcome: "no_manipulation_found", headline: "No manipulation found",
  explanation: "", meaning: null, disclosure: { sentence: null } };
const posting = { id: "p1", links: { report: null, contest: null } };
const answered = { ...posting, state: "answered", advice: "publish", label };
const uploading = { ...posting, state: "uploading", upload: { offset: 0 } };
const asked = [];
/** What the service and the site's own server say; a scenario replaces some of it. */
const says = {
  "POST /token": () => Response.json({ token: "t" }),
  "POST /uploads": () => Response.json(answered),
};
globalThis.fetch = (address, { method, signal }) => {
  const question = `${method} ${address.replace("https://service.example/api/v1", "")}`;
  asked.push(question);
  return new Promise((answer, fail) => {
    signal.addEventListener("abort", () => fail(signal.reason));
    answer(says[question]());
  });
};

document.currentScript = { src: "https://service.example/script.js" };
const script = "detector_service/posters/static/posters/check-before-posting.js";
runInThisContext(readFileSync(script, "utf8"));

/** A form with the element in it, below `parent`. */
function makeForm(attributes = {}, parent = document.documentElement) {
  const form = document.createElement("form");
  const element = document.createElement("check-before-posting");
  Object.assign(element.attributes, { "token-url": "/token", ...attributes });
  const input = document.createElement("input");
  Object.assign(input, { type: "file", name: "video", files: [] });
  element.append(input);
  form.append(element);
  parent.append(form);
  return { form, element, input };
}

function choose(input, bytes) {
  input.files = [new File([bytes], "clip.mp4", { type: "video/mp4" })];
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

const shown = (element) => element.shadowRoot.childNodes[2].textContent;
const problem = (code) => Response.json({ code, title: code, what_to_do: "" }, { status: 422 });
"""


def happened(scenario: str) -> Any:
    return told_by(POSTER + scenario)


def test_an_empty_file_is_told_to_be_none_and_the_form_goes_on() -> None:
    told = happened("""
      says["POST /uploads"] = () => problem("upload.empty");
      const { form, input } = makeForm();
      choose(input, "");
      form.requestSubmit();
      await soon(() => form.sent.length);
      tell({ sent: form.sent, complaints });
    """)
    assert [entry["problem"] for entry in told["sent"][0]] == ["upload.empty"]
    assert told["complaints"] == []


def test_a_page_whose_storage_is_full_is_checked_all_the_same() -> None:
    told = happened("""
      sessionStorage.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
      Object.assign(says, {
        "POST /uploads": () => Response.json(uploading),
        "PATCH /uploads/p1": () => new Response(null, { status: 204 }),
        "GET /postings/p1?wait=1": () => Response.json(answered),
      });
      const { form, input } = makeForm();
      choose(input, "words");
      form.requestSubmit();
      await soon(() => form.sent.length);
      tell({ sent: form.sent, complaints });
    """)
    assert [entry["state"] for entry in told["sent"][0]] == ["answered"]
    assert told["complaints"] == []


MALFORMED = """
  says["POST /uploads"] = () => Response.json(
    { ...answered, advice: "warn", label: { ...label, disclosure: undefined } });
"""


def test_what_nobody_expected_lets_an_open_site_go_on_and_is_reported() -> None:
    told = happened(f"""{MALFORMED}
      const {{ form, input }} = makeForm();
      choose(input, "words");
      form.requestSubmit();
      await soon(() => form.sent.length);
      tell({{ sent: form.sent, complaints }});
    """)
    assert [entry["state"] for entry in told["sent"][0]] == ["away"]
    assert len(told["complaints"]) == 1


def test_what_nobody_expected_keeps_a_closed_site_closed_until_it_has_passed() -> None:
    told = happened(f"""{MALFORMED}
      const {{ form, element, input }} = makeForm({{ "when-away": "closed" }});
      choose(input, "words");
      form.requestSubmit();
      await soon(() => shown(element).includes("Check again"));
      const before = {{ sent: [...form.sent], said: shown(element) }};
      says["POST /uploads"] = () => Response.json(answered);
      form.requestSubmit();
      await soon(() => form.sent.length);
      tell({{ before, sent: form.sent }});
    """)
    assert told["before"]["sent"] == []
    assert "Only what has been checked can be posted here." in told["before"]["said"]
    assert [entry["state"] for entry in told["sent"][0]] == ["answered"]


def test_a_check_that_failed_lets_an_open_site_go_on_and_keeps_a_closed_one_closed() -> None:
    told = happened("""
      const why = { code: "content.corrupt", title: "It is damaged.", what_to_do: "" };
      says["POST /uploads"] = () =>
        Response.json({ ...answered, state: "failed", label: null, problem: why });
      const open = makeForm(), closed = makeForm({ "when-away": "closed" });
      for (const { form, input } of [open, closed]) {
        choose(input, "words");
        form.requestSubmit();
      }
      await soon(() => open.form.sent.length && shown(closed.element).includes("Check again"));
      tell({ open: open.form.sent, closed: closed.form.sent, said: shown(closed.element) });
    """)
    assert [entry["problem"] for entry in told["open"][0]] == ["content.corrupt"]
    assert told["closed"] == []
    assert "Only what has been checked can be posted here." in told["said"]


def test_an_element_that_is_moved_while_it_checks_checks_again_and_keeps_what_was_wanted() -> None:
    told = happened("""
      says["POST /token"] = () => new Promise(() => {});
      const { form, element, input } = makeForm();
      choose(input, "words");
      form.requestSubmit();
      await soon(() => asked.length);
      says["POST /token"] = () => Response.json({ token: "t" });
      form.append(element);
      await soon(() => form.sent.length);
      tell({ asked, sent: form.sent, said: shown(element), complaints });
    """)
    assert told["asked"] == ["POST /token", "POST /token", "POST /uploads"]
    assert [entry["state"] for entry in told["sent"][0]] == ["answered"]
    assert "No manipulation found" in told["said"]
    assert told["complaints"] == []


@pytest.mark.parametrize("mode", ["open", "closed"])
def test_a_form_in_a_shadow_root_is_held_back_in_the_language_of_its_page(mode: str) -> None:
    told = happened(
        """
      document.documentElement.setAttribute("lang", "de");
      says["POST /uploads"] = () => problem("upload.empty");
      const host = document.createElement("div");
      document.documentElement.append(host);
      const root = host.attachShadow({ mode: "MODE" });
      const { form, element, input } = makeForm({ "when-away": "closed", start: "submit" }, root);
      choose(input, "words");
      form.requestSubmit();
      await soon(() => shown(element));
      await soon(() => shown(element).includes("Konnte nicht"));
      tell({ sent: form.sent, said: shown(element) });
    """.replace("MODE", mode)
    )
    assert told["sent"] == []
    assert "Konnte nicht geprüft werden" in told["said"]


STILL_IN_USE = """
  const inUse = () => Response.json(
    { code: "upload.in_use", title: "In use.", what_to_do: "" },
    { status: 423, headers: { "Retry-After": "2" } });
  let waitedMs = 0;
  const inTime = setTimeout;
  globalThis.setTimeout = (go, ms) => inTime(() => { waitedMs += ms; go(); }, ms / 1000);
  Object.assign(says, {
    "POST /uploads": () => Response.json(uploading),
    "PATCH /uploads/p1": () =>
      waitedMs < IN_USE_MS ? inUse() : new Response(null, { status: 204 }),
    "HEAD /uploads/p1": () => new Response(null, { headers: { "Upload-Offset": "0" } }),
    "GET /postings/p1?wait=1": () => Response.json({ ...answered, advice: "warn",
      label: { ...label, outcome: "likely_manipulated", headline: "Likely manipulated" } }),
  });
  const { form, element, input } = makeForm({ "patience-s": "1e6" });
  choose(input, "words");
  form.requestSubmit();
  await soon(() => form.sent.length || shown(element).includes("Likely manipulated"));
  tell({ sent: form.sent, said: shown(element), waitedMs });
"""


def test_an_upload_that_a_dead_line_still_holds_is_waited_for_and_the_person_is_warned() -> None:
    told = happened(STILL_IN_USE.replace("IN_USE_MS", str(1000 * int(receiving.PATIENCE_S))))
    assert told["sent"] == []
    assert "Likely manipulated" in told["said"]


def test_an_upload_that_stays_in_use_is_not_waited_for_for_ever() -> None:
    told = happened(STILL_IN_USE.replace("IN_USE_MS", "Infinity"))
    assert [entry["problem"] for entry in told["sent"][0]] == ["upload.in_use"]
    assert told["waitedMs"] < 60_000


def test_whatever_an_upload_goes_on_from_is_a_problem_that_the_service_tells() -> None:
    found = re.search(r"GO_ON_FROM = \[(.*?)\]", SENDING.read_text(encoding="utf-8"))
    assert found is not None
    assert set(json.loads(f"[{found[1]}]")) <= PROBLEMS.keys()
