/* The documents that the modules pass to each other. Those of the server are described in docs/architecture.md. */

/** West, south, east, north in degrees; or left, top, right, bottom in pixels. */
export type Box = [number, number, number, number];
/** Longitude and latitude. */
export type Place = [number, number];
export type Moment = string | number | Date;
/** A name in one language, or in several. */
export type Name = string | Record<string, string>;

/* Configuration */
export interface Palette {
  ramp: string[];
  no_data: string;
  outside: string;
  ink: string;
  text: string;
  border: string;
  leaf_border: string;
}
export interface LineStyle {
  color: string;
  opacity: number;
  line: { width: number };
}
export interface LayerStyle {
  url: string;
  place: "ground" | "over";
  paint: "fill" | "heat" | "outline" | "mark" | "track";
  of_moment: boolean;
  every_s: number;
}
export interface MarkStyle {
  shape: string;
  color: string;
  line: string;
  size: number;
  small: number;
  many: number;
}
export interface Styles {
  lines: Record<string, LineStyle>;
  labels: { size: number; padding: number; halo: string; color: string };
  points: any;
  layers: Record<string, LayerStyle>;
  [layer: string]: any;
}
export interface Dress {
  palette: Palette;
  styles: Styles;
}
export interface Kpi {
  key: string;
  name: string;
  unit: string;
  colours_map: boolean;
  low_is_worse?: boolean;
  judges?: boolean;
  numerator?: string;
  denominator?: string;
}
export interface Turn {
  scene: string;
  since: string;
  until: string;
  for_s: number;
  place: string | null;
  kpi: string;
  layers?: string[];
  level?: number;
}
export interface Config extends Dress {
  entry: string;
  language: string;
  theme: string;
  timezone: string;
  texts: Record<string, string>;
  kpis: Kpi[];
  map_kpi: string;
  panel_kpis: string[];
  minimum_sample: number;
  means: { key: string; target: number }[];
  paper: Palette;
  geometry_url: string;
  panels: string[];
  map_parts: Record<string, string>;
  keys?: boolean;
  wall: { turns: Turn[]; alert_for_s: number };
}

/* The grid system */
export interface Grid {
  id: string;
  code: string;
  name: Name;
  level: number;
  parent: string | null;
  lo: number;
  hi: number;
  area_m2: number;
  bbox: Box;
  label: Place;
}
export interface GridIndex {
  city: Name;
  demo: boolean;
  depth: number;
  level_names: Name[];
  grids: Grid[];
}
export interface Step {
  id: string | null;
  name: string;
}

/* The view */
export interface View {
  within: string | null;
  level: number;
  kpi: string;
}
export interface ViewDocument extends View {
  depth: number;
  path: Step[];
  below: { level: number; count: number }[];
  map: { breaks: number[]; known: boolean } | null;
}

/** A number whose incidents are listed. */
export interface Selection {
  of: string;
  name: string;
  within: string | null;
  unit: string | null;
  span: "day" | "month";
  parts?: { of: string; n: number }[];
}
/** What the viewer chooses; the moment as ISO 8601, null is live. */
export interface Choices {
  view?: View;
  moment?: string | null;
  selection?: Selection | null;
}
export interface LivePicture {
  follow: (choices: Choices) => void;
  end: () => void;
}

/* The stream */
export interface Points {
  id: number[];
  lon: number[];
  lat: number[];
  light: string[];
  age_s: number[];
}
export interface Figure {
  value: number | null;
  usual: number | null;
}
export interface KpiValue {
  key: string;
  value: number | null;
  numerator: number;
  denominator: number;
}
export interface MeansRow {
  id: string | null;
  name: Name;
  counts: number[];
}
export interface LeagueRow {
  id: string;
  name: Name;
  rate: number | null;
  numerator: number;
  denominator: number;
  yellow: number;
  red: number;
  rank?: number | null;
  rank_best: number;
  rank_worst: number;
  tied: number;
  low: number | null;
  high: number | null;
  list: "red" | "black" | null;
  reason: string | null;
}
export interface IncidentRow {
  id: number;
  at: string;
  grid: Name;
  grid_id: string | null;
  category: Name;
  title: string;
  source: string;
  stage: string;
  light: string;
}
export interface OldestRow extends IncidentRow {
  due: string | null;
  unit: string;
  unit_name: string | null;
}
export interface UnitRow {
  unit: string;
  name: string | null;
  open: number;
  yellow: number;
  red: number;
}
export interface Acknowledgement {
  by: string;
  at: string;
}
export interface Alert {
  key: string;
  kind: string;
  grid: string | null;
  severity: string;
  text: Name;
  acknowledged?: Acknowledgement | null;
}
export interface Flow {
  hours: number[];
  actual: (number | null)[];
  usual: (number | null)[];
  usual_lo: (number | null)[];
  usual_hi: (number | null)[];
  complete?: number;
  [series: string]: any;
}
export interface Frame {
  seq: number;
  moment: string;
  data_at?: string | null;
  within: string | null;
  headline: { light: string; parts: { kind: string; values: Record<string, any> }[] };
  today: Record<string, Figure>;
  kpis: KpiValue[];
  means: { rows: MeansRow[] };
  levels: { counts: { level: number; count: number }[] };
  league: LeagueRow[];
  newest: IncidentRow[];
  flow: Flow;
  points: Points;
  alerts?: { total: number; rows: Alert[] };
  deadlines?: { counts: { key: string; count: number }[] };
  units?: { total: number; rows: UnitRow[] };
  oldest?: OldestRow[];
  trend?: { days: string[]; reported: number[]; closed: number[]; month: Record<string, number> };
}
export interface MapDocument {
  level: number;
  kpi: string;
  within: string | null;
  values: (number | null)[];
  breaks: number[];
  classes: (number | null)[];
}
export interface PastPicture {
  known: string;
  frame: Frame;
  map: MapDocument;
}
export interface CaseRow {
  id: number;
  at: string;
  grid_id: string | null;
  category: Name;
  source: string;
  stage: string;
  light: string;
}
export interface CasePage {
  count: number;
  rows: CaseRow[];
  next_after: string | number | null;
}

/* Components as plain documents */
export interface Doc {
  type: string;
  props: Record<string, any>;
}
export type Child = Doc | string | number | boolean | null | undefined;
export type Children = Child | Children[];
export interface About {
  of: string;
  name: string;
  count: number | null;
  within?: string | null;
  unit?: string | null;
  span?: string | null;
  denominator?: { of: string; count: number } | null;
}

/* On the map */
export interface Geometry {
  type: "Polygon" | "MultiPolygon";
  coordinates: any[];
}
export interface Feature {
  id: string;
  geometry: Geometry;
}
/** A place on the map, in its pixels and in degrees. */
export interface Point {
  x: number;
  y: number;
  lon: number;
  lat: number;
}
export interface Mark {
  name: string;
  code: string;
  lon: number;
  lat: number;
  style: MarkStyle;
  said: [string, string][];
}
/** What lies over the grids at a place. */
export interface Found {
  mark: Mark | null;
  replaced: boolean;
  text: string | null;
}
/** Where a city stands on the map. */
export interface Stand {
  west: number;
  north: number;
  wide: number;
  size: number;
  x: number;
  y: number;
}
export interface Track {
  code: string;
  name: string;
  post: string;
  lines: [number, number, number][][];
}
export interface Tracks {
  moment: string;
  minutes: number;
  tracks: Track[];
}

declare global {
  interface Window {
    /** Dash's own. */
    React: { createElement: (...given: any[]) => unknown; useEffect: (effect: () => unknown, follows: unknown[]) => void; useRef: (first: any) => { current: any } };
    /** What Dash's graphs load. */
    Plotly: Record<"update" | "restyle" | "relayout" | "react", (...given: any[]) => Promise<unknown>>;
    /** The namespace of our component, and the door for tests and support. */
    gridCenter: Record<string, any>;
  }
}
