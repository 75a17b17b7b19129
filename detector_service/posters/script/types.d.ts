// What the parts hand to one another. Answer and Problem are the API's.

interface Problem {
  code: string;
  title: string;
  what_to_do: string;
}

interface Label {
  outcome: "likely_manipulated" | "no_manipulation_found" | "inconclusive";
  headline: string;
  explanation: string;
  meaning?: string | null;
  disclosure: { may_be_needed: boolean; sentence: string | null };
}

interface Answer {
  id: string;
  state: "uploading" | "checking" | "second_look" | "answered" | "failed" | "cancelled";
  advice: "publish" | "warn" | "hold" | null;
  upload: { offset: number } | null;
  check: { state: string; progress: number } | null;
  label: Label | null;
  problem: Problem | null;
  links: { report: string | null; contest: string | null };
}

/** How far a check is; the share is null where nobody can tell. */
interface Step {
  doing: string;
  share: number | null;
}

/** What the page's author has set. */
interface Site {
  service: string;
  tokenUrl: string;
  csrfToken: string;
  language: string;
  retries: number;
}

/** What the form sends for each thing that was checked. */
interface Entry {
  state: "answered" | "failed" | "away" | "unanswered" | "held";
  posting: string | null;
  choice: "published_with_label" | null;
  contested: boolean;
  problem: string | null;
  label: Label | null;
}

type Tone = "working" | "manipulated" | "clear" | "unsure" | "problem";

/** What was shown last of one of several files. */
interface Result {
  tone: Tone;
  heading: string;
  name: string;
}

interface View {
  tone: Tone;
  heading: string;
  lines: (string | null | undefined | false)[];
  results?: Result[];
  share?: number | null;
  actions: (Action | false)[];
}

/** A button, or a link to a page of the service where there is an address. */
interface Action {
  words: string;
  act?: () => void;
  href?: string | null;
  isFirst?: boolean;
}

/** What judging one thing needs of the page that it is on. */
interface Desk {
  site: Site;
  isOpen: boolean;
  acceptsHeld: boolean;
  patienceMs: number;
  worker: string | null;
  shown: View | null;
  words: (word: import("./words.js").Word) => string;
  show: (view: View) => void;
  move: (share: number | null) => void;
  focus: () => void;
  isWanted: () => boolean;
  release: () => void;
  restart: () => void;
  cancel: () => Action;
  another: () => Action;
}
