/* The documents of the API that the desk shows, and what its modules pass to each other. */
import type { Box, Dress, Grid, Name, Palette, Place } from "../types";

export interface DeskConfig extends Dress {
  language: string;
  theme: string;
  timezone: string;
  texts: Record<string, string>;
  paper: Palette;
  geometry_url: string;
  ground_opacity: number;
  /** Keys of the queues, in the order of their numbers on the keyboard. */
  queues: string[];
  means: string[];
  /** Query of the stream that is followed. */
  stream: string;
}

/* What an incident is, and who answers for it. */

export interface GridRef {
  id: string;
  name: Name;
  path?: Name[];
}
export interface CategoryRef {
  code: string;
  zh?: string;
  en?: string;
}
export interface Responsible {
  person: string;
  name: string;
  post: string;
  at?: string | null;
  gap?: boolean;
}
/** A rule's choice of a handler. */
export interface Decision {
  unit: string;
  unit_name: string;
  means: string;
  rule: string;
  values: Record<string, any>;
  /** The unit that the rule names, where a person chose another. */
  rule_unit?: string;
  override?: boolean;
  reason?: string;
  person?: Responsible | null;
}
export interface LightChange {
  at: string;
  light: string;
}
export interface Row {
  id: number;
  n: number;
  title: string;
  category: CategoryRef;
  source: string;
  stage: string;
  grid: GridRef | null;
  area: GridRef | null;
  address: string;
  reported_at: string;
  light: string;
  lights: LightChange[];
  clock: { kind: string; due: string; yellow: string | null; share_left: number | null } | null;
  suspended: boolean;
  appealed: boolean;
  urges: number;
  returns: number;
  reworks: number;
  reopens: number;
  corrections: number;
  photos: number;
  handler: string;
  unit: string;
  responsible: Responsible | null;
}
export interface QueueDocument {
  now: string;
  counts: Record<string, number>;
  total: number;
  elsewhere: number;
  ended: number;
  ended_since: string | null;
  rows: Row[];
}
export interface TraceEvent {
  n: number;
  kind: string;
  at: string;
  recorded_at: string;
  actor: string;
  detail: Detail;
}
export interface Detail {
  clock?: { due: string; yellow: string | null } | null;
  responsible?: Responsible;
  handler?: string;
  unit?: string;
  override?: boolean;
  decision?: Decision;
  person?: string;
  sha256?: string;
  into?: number;
  [said: string]: any;
}
/** Another incident: near by, a possible duplicate, or merged. */
export interface Other {
  id: number;
  title: string;
  category: CategoryRef;
  source: string;
  stage: string;
  grid: GridRef | null;
  reported_at: string;
  merged_at?: string | null;
  distance_m: number | null;
  same_category: boolean;
  position: Place | null;
}
export interface Says {
  name: string;
  type: string;
  required: boolean;
}
/** A step that can be taken now, and what it must say. */
export interface Action {
  kind: string;
  says: Says[];
  one_of?: string[];
  needs_reason: boolean;
}
export interface Refusal {
  kind: string;
  reason: string;
  stages: string[];
  roles: string[];
}
export interface Holder {
  person: string | null;
  name: string;
  post: string;
  grid: string;
}
/** `GET /desk/incidents/ID`. */
export interface Incident {
  row: Row;
  incident: {
    id: number;
    title: string;
    stage: string;
    source: string;
    address: string;
    handler: string;
    means: string | null;
    reported_at: string;
    claimed_at: string | null;
    due_claim_at: string | null;
    due_at: string | null;
    merged_into: number | null;
    held_level: number | null;
    lon: number | null;
    lat: number | null;
    events: TraceEvent[];
  };
  role: string;
  position: Place | null;
  actions: Action[];
  refusals: Refusal[];
  units: { code: string; name: string }[];
  people: Holder[];
  chosen: Decision | null;
  decision: Decision | null;
  decisions: Decision[];
  duplicates: Other[];
  neighbours: Other[];
  merged: Other[];
  merged_into: Other[];
}
export interface Person {
  id: string;
  name: string;
  post: string;
  place: string;
}
export interface Session {
  person: Person | null;
}
export interface People {
  registered: number;
  total: number;
  people: Person[];
}

/* Forms */

export type Value = string | number | boolean | null | undefined;
export interface Choice {
  value: Value;
  label: string;
  hint?: string;
}
/** One question of a form. */
export interface Field {
  name: string;
  required: boolean;
  node: HTMLElement;
  /** What is said; undefined where nothing is. */
  read: () => any;
  write: (value: any) => void;
  /** What a draft keeps of it; `write` takes it back. */
  keep: () => Value;
  focus: () => void;
  /** Typed, and not understood yet. */
  pending?: () => boolean;
}
export interface OpenForm {
  id: number;
  kind: string;
  fields: Field[];
  /** Number of the last event that its writer knows of. */
  expect: number;
  key: string;
  /** When its writer was told of steps of others; 0 = never. */
  toldAt: number;
  needsReason: boolean;
  oneOf: string[];
  blocked?: boolean;
  busy?: boolean;
}

/** What modules ask of those above them. */
export interface Above {
  openedId: () => number | null;
  shownIncident: () => Incident | null;
  hasArrived: () => boolean;
  openIncident: (id: number, how?: { focus?: boolean; settle?: boolean; step?: boolean }) => Promise<void>;
  reloadIncident: () => Promise<void>;
  openForm: (kind: string, preset?: Record<string, Value>) => void;
  submitForm: () => void;
  formKind: () => string | null;
  /** A place was pressed on the map. */
  placed: (lon: number, lat: number) => void;
  /** Frame the opened incident in the queue. */
  frameOpened: () => void;
  keepAddress: (how?: { step?: boolean }) => void;
  followNow: () => Promise<void>;
  followSoon: () => void;
}

/** What the desk uses of Plotly's map. */
export interface PlotMap {
  project: (at: Place | { lng: number; lat: number }) => { x: number; y: number };
  unproject: (at: [number, number]) => { lng: number; lat: number };
  getZoom: () => number;
  getCenter: () => { lng: number; lat: number };
  isStyleLoaded: () => boolean;
  on: (event: string, act: (event: { lngLat: { lng: number; lat: number } }) => void) => void;
}
export type Camera = { center: { lon: number; lat: number }; zoom: number };
export type { Box, Grid, Name, Place };
