/**
 * What travels with a re-laid image: a JSON document, the config of an artifact whose layers are file tables and, of the
 * image as it was built, lists of who put the files there.
 */
export const layerPlanTypes = {
  plan: 'application/vnd.pull-budget.layer-plan.v1+json',
  table: 'application/vnd.pull-budget.file-table.v1+zstd',
  owners: 'application/vnd.pull-budget.owners.v1+zstd',
} as const;

/** Annotations of an image's manifest that bind it to its plan: what is not reached through them is not believed. */
export const layerPlanAnnotations = {
  digest: 'vnd.pull-budget.layer-plan.digest',
  size: 'vnd.pull-budget.layer-plan.size',
} as const;
