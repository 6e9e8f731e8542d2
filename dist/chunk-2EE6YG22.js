import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);

// src/content/image/layer-plan.ts
var layerPlanTypes = {
  plan: "application/vnd.pull-budget.layer-plan.v1+json",
  table: "application/vnd.pull-budget.file-table.v1+zstd",
  owners: "application/vnd.pull-budget.owners.v1+zstd"
};
var layerPlanAnnotations = {
  digest: "vnd.pull-budget.layer-plan.digest",
  size: "vnd.pull-budget.layer-plan.size"
};

export {
  layerPlanTypes,
  layerPlanAnnotations
};
