/* What the modules of the phone page pass to each other, and the documents of the API as far as they are used here. */

import type { Language } from "../lib/bilingual.js";

export type { Language };

export interface Config {
  language: Language;
  theme: string;
  timezone: string;
  demo: boolean;
  texts: Record<Language, Record<string, string>>;
}

/* Who holds the phone. */

export interface Person {
  id: string;
  name: string;
  post: string;
  at: string;
  place: string;
}

export interface Session {
  person: Person | null;
  role: string;
  within: string[];
}

/** A session with somebody in it, as the phone keeps it. */
export interface Me extends Session {
  person: Person;
}

/* Incidents and their steps. */

export interface GridRef {
  id: string;
  name: string;
  path: string[];
}

export interface Row {
  id: number;
  n: number;
  title: string;
  category: { code: string; zh: string; en: string };
  source: string;
  stage: string;
  grid: GridRef | null;
  area: GridRef | null;
  address: string;
  reported_at: string;
  light: string;
  /** Missing in what an earlier version of the page has kept. */
  lights?: { at: string; light: string }[];
  clock: { kind: string; due: string } | null;
  suspended: boolean;
  appealed: boolean;
  urges: number;
  handler: string;
  responsible: { person: string; name: string; post: string } | null;
}

export interface TraceEvent {
  n: number;
  kind: string;
  at: string;
  actor: string;
  detail: { sha256?: string; reason?: string; note?: string };
}

/** What a step must say. */
export interface Form {
  kind: string;
  says: { name: string; type: string; required: boolean }[];
  one_of?: string[];
  needs_reason: boolean;
}

/** A step as the rules declare it. */
export interface Step extends Form {
  stages: string[];
  leads_to: Record<string, string>;
  roles: string[];
  suspended: boolean | null;
  appealed: boolean | null;
  suspended_after: boolean | null;
  appealed_after: boolean | null;
  by_hand: boolean;
}

export type Steps = Map<string, Step>;

/** `GET /desk/incidents/ID`. */
export interface Incident {
  row: Row;
  incident: { events: TraceEvent[] };
  /** Longitude and latitude. */
  position: [number, number] | null;
  role: string;
  actions: Form[];
}

export interface Queue {
  rows: Row[];
  total: number;
}

/** An answer of the API as it was kept: its content, and when it was given by the server's clock. */
export interface Kept<T> {
  value: T;
  at: number;
}

/** `fresh`: given just now, not read from what was kept. */
export interface Found<T> extends Kept<T> {
  fresh: boolean;
}

export interface Category {
  code: string;
  zh: string;
  en: string;
  class?: string;
}

/* Where it is. */

export interface Shape {
  code: string;
  rings: [number, number][][];
}

export interface Part {
  id: string;
  code: string;
  name: string;
  /** Longitude and latitude of the place for its name. */
  label: [number, number];
}

export interface Area {
  own: { id: string; code: string; name: string } | null;
  name: string;
  path: string[];
  parts: Part[];
  shapes: Shape[];
}

export interface Point {
  lon: number;
  lat: number;
  accuracy_m?: number | null;
  /** Bring it into view. */
  centre?: boolean;
}

export interface PlaceByPoint extends Point {
  accuracy_m: number | null;
  by: "phone" | "map";
  grid_code?: undefined;
}

export interface PlaceByGrid {
  grid_code: string;
  name: string;
}

export type Place = PlaceByPoint | PlaceByGrid;
export type PlaceFields = { grid_code: string } | { lon: number; lat: number; coordinate_system: "wgs84" };

/* The outbox. */

export interface Photo {
  content: ArrayBuffer;
  type: string;
}

/** A photo of an entry: its number in the log once it has arrived; its content until the whole entry has. */
export interface EntryPhoto extends Partial<Photo> {
  n: number | null;
}

export interface Problem {
  status?: number;
  code: string;
  message: string;
  values: { since?: TraceEvent[]; [name: string]: any };
}

export type Detail = { note?: string; reason?: string } & Partial<PlaceFields>;

export interface NewStep {
  kind: string;
  detail: Detail;
}

export interface Report {
  category: string;
  title: string;
  grid_code?: string;
  lon?: number;
  lat?: number;
  coordinate_system?: "wgs84";
}

export interface Label {
  title: string;
  category: { code?: string; zh: string; en: string };
}

export interface Entry {
  id: string;
  order: number;
  made_at: number;
  person: { id: string; name: string };
  label: Label;
  photos: EntryPhoto[];
  report: Report | null;
  incident: number | null;
  /** Number of the last event its maker had seen; null where another entry comes first, or none has been. */
  seen_n: number | null;
  not_before: string | null;
  step: (NewStep & { key: string; done?: boolean }) | null;
  /** When it was done, by the server's clock. */
  at: string | null;
  state: "waiting" | "refused" | "sent";
  problem: Problem | null;
  tries: number;
  next_at: number;
  sent_at?: number;
}

/** What the report form holds; kept as it is typed. */
export interface Draft {
  category: Category | null;
  title: string;
  place: Place | null;
  photos: Photo[];
  self_handled: boolean;
  note: string;
  /** Id of the refused entry that is corrected. */
  edits: string | null;
}

/** The page, as its views know it. */
export interface App {
  me: Me | null;
  /** How many incidents are mine; null where it was never heard. */
  mine: number | null;
  go(view: string): void;
  changed(): Promise<void>;
  toast(text: string): void;
  count(n: number): void;
  whileShown(node: Node, act: () => void, every_ms: number): void;
  sendSoon(): void;
}

/** The page while somebody holds the phone: every view but that of choosing who. */
export interface OwnedApp extends App {
  me: Me;
}
