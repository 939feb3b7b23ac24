"""Mirror, KPI definitions, frames."""
