/** What travels with a re-laid image: a JSON document, the config of an artifact whose layers are the file tables. */
export const layerPlanTypes = {
  plan: 'application/vnd.pull-budget.layer-plan.v1+json',
  table: 'application/vnd.pull-budget.file-table.v1+zstd',
} as const;

/** Annotations of an image's manifest that bind it to its plan: what is not reached through them is not believed. */
export const layerPlanAnnotations = {
  digest: 'vnd.pull-budget.layer-plan.digest',
  size: 'vnd.pull-budget.layer-plan.size',
} as const;
