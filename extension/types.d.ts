/* The shapes that more than one module knows. The API's own are those of its OpenAPI schema.
   This file is for the type checker; it is not packed. */

declare type Outcome = "likely_manipulated" | "no_manipulation_found" | "inconclusive";
declare type CheckState = "queued" | "fetching" | "analysing" | "done" | "failed";

declare interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}
declare interface FrameScore {
  at_s: number;
  fake_probability: number;
  box: Box;
}
declare interface Stretch {
  start_s: number;
  end_s: number;
}
declare interface EvidencePicture {
  at_s: number;
  url: string;
  width_px: number;
  height_px: number;
}

declare interface Track {
  number: number;
  fake_probability: number | null;
  reason: string | null;
  reason_sentence?: string | null;
  first_seen_s: number;
  last_seen_s: number;
  median_width_px: number;
  timeline: FrameScore[];
  suspicious: Stretch[];
  strip: EvidencePicture[];
  heat_maps: EvidencePicture[];
}

declare interface Verdict {
  outcome: Outcome;
  reason: string | null;
  headline: string;
  explanation: string;
  fake_probability: number | null;
  meaning: { sentence: string; prevalence: number; share_wrong: number | null };
  decided_by: "model" | "moderator";
  public_reason: string;
  bundle: string;
  checked_at: string;
  media: { duration_s: number | null; width_px: number; height_px: number } | null;
  counts: { frames_decoded: number; faces_seen: number; faces_used: number } | null;
  tracks: Track[];
  not_judged: { track: number; reason: string; sentence: string }[];
  provenance: {
    present: boolean;
    valid: boolean | null;
    /** Whether whoever made the seal is on the server's trust list. */
    trusted: boolean | null;
    signer: string | null;
    made_with: string | null;
  } | null;
  version: number;
}

declare interface Problem {
  code: string;
  title: string;
  what_to_do: string;
  transient?: boolean;
  /** Of the HTTP answer; absent in a check's own problem. */
  status?: number;
}

declare interface Check {
  id: string;
  state: CheckState;
  stage: string;
  progress: number;
  queue_position: number | null;
  expected_wait_s: number | null;
  source: {
    kind: "address" | "upload";
    url: string | null;
    platform: string;
    title: string;
    file_name: string | null;
  };
  created_at: string;
  finished_at: string | null;
  verdict: Verdict | null;
  problem: Problem | null;
  links: Record<string, string>;
  cancel_token?: string;
}

declare interface KnownVerdict {
  key_sha256: string;
  outcome: Outcome;
  reason: string | null;
  fake_probability: number | null;
  check: string;
  bundle: string;
  decided_by: "model" | "moderator";
}

/** Where to send questions, as whom and in which language. */
declare interface Connection {
  server: string;
  key: string;
  language: string;
}

declare interface Settings {
  server: string;
  key: string;
  keyName: string;
  /** "auto" or one of the languages of words/words.js. */
  language: string;
  /** 16 random bytes as hex: the per-install picture is drawn from it. */
  pictureSeed: string;
}

/** Where on the web a question was asked: what the card and the badge belong to. */
declare interface AskedOn {
  tabId: number;
  url: string;
  slot: number | null;
  incognito: boolean;
}

declare type Phase = "sending" | "under_way" | "done" | "failed" | "cancelled";

/** One question of this person's and how far its answer has come. */
declare interface Ask {
  id: string;
  /** Empty for an upload. */
  url: string;
  title: string;
  on: AskedOn | null;
  /** Whether it came from a private window, and is kept in memory alone. */
  incognito: boolean;
  server: string;
  askedAt: number;
  phase: Phase;
  check: Check | null;
  cancelToken: string;
  problem: Problem | null;
  /** How often in a row the server did not answer, or said that it cannot now. */
  failures: number;
  /** Not to be asked about again before this moment. */
  nextAt: number;
  contested: boolean;
}

/** What a list of asks shows of one. */
declare interface AskSummary {
  id: string;
  url: string;
  title: string;
  pageUrl: string;
  tabId: number | null;
  slot: number | null;
  askedAt: number;
  phase: Phase;
  outcome: Outcome | null;
}

/** What an element played when it was told of. */
declare interface Played {
  src: string;
  durationS: number | null;
}

/** One video (or what stands for one) that page/find_videos.js saw. */
declare interface Found {
  kind: "video" | "frame" | "named";
  /** Which element of the page; null when only the page's head names it. */
  slot: number | null;
  /** What the element itself plays: may be blob: or data:. */
  current: string;
  /** http(s) address of the media or player, "" if there is none that another machine could open. */
  src: string;
  title: string;
  playing: boolean;
  durationS: number | null;
  rect: { left: number; top: number; width: number; height: number } | null;
  /** A small picture as data: address, when the page lets its pixels be read. */
  picture: string;
}

declare interface FoundOnPage {
  title: string;
  videos: Found[];
  total: number;
  view: { width: number; height: number };
}

declare type Tone = "manipulated" | "clear" | "unsure" | "problem" | "working";

/** Everything that a card beside a video shows, already in the person's language. */
declare interface Card {
  id: string;
  /** What was sent: a file's own address, or that of a page; "" of what was not asked here. */
  address: string;
  /** The name of what was asked about where that is not the page itself; else "". */
  about: string;
  tone: Tone;
  headline: string;
  sentence: string;
  /** "93 %", or "" when there is no score. */
  score: string;
  /** What such a verdict is worth among all videos, or "". */
  meaning: string;
  /** 0 to 1; null when nobody can say. */
  progress: number | null;
  durationS: number | null;
  stretches: { startS: number; endS: number; label: string }[];
  /** Judged, or standing out though seen too briefly for a score; `picture` is a WebP in base64, read by the extension itself. */
  faces: { label: string; score: string; picture: string }[];
  /** Which model, and when; "" without a verdict. */
  checkedBy: string;
  final: boolean;
  language: string;
  direction: "ltr" | "rtl";
  labels: { card: string; timeline: string; details: string; close: string; picture: string };
  picture: { hue: number; hue2: number; cells: boolean[]; number: string };
}
