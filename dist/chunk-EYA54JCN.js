import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  describeImages
} from "./chunk-EMIEZZ4X.js";
import {
  deltasOf
} from "./chunk-PCHBEAKS.js";
import {
  openImage,
  registryOptions
} from "./chunk-NSLFNWD3.js";
import {
  tool
} from "./chunk-472U6O6R.js";
import {
  inputError
} from "./chunk-4J2PJRUG.js";
import {
  __callDispose,
  __using
} from "./chunk-CLVFFHSH.js";

// src/cli/named-images.ts
async function openNamedImage({ settings, context }) {
  if (settings.image === void 0) {
    throw inputError("no-image", "no image is named", { hint: "Name one as the argument of the command." });
  }
  return openImage(settings.image, registryOptions(settings, context));
}
async function describeNamed(call) {
  var _stack = [];
  try {
    const { settings, context } = call;
    const options = registryOptions(settings, context);
    const open = __using(_stack, new AsyncDisposableStack(), true);
    const image = await openNamedImage(call);
    open.defer(() => image.source.close());
    const baseline = settings.baseline && await openImage(settings.baseline, options);
    if (baseline) open.defer(() => baseline.source.close());
    const facts = await describeImages(image, baseline, settings.platforms);
    return {
      schemaVersion: 1,
      tool,
      createdAt: (/* @__PURE__ */ new Date()).toISOString(),
      image: facts.image,
      ...facts.baseline ? { baseline: facts.baseline } : {},
      deltas: facts.baseline ? deltasOf(facts.image, facts.baseline) : [],
      pushed: []
    };
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}

export {
  openNamedImage,
  describeNamed
};
