/** Measures an image, one attempt, with its scratch on the disk that is given: node pull-on-small-disk.ts FOLDER */
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { silentProgress } from '../../src/content/progress.ts';
import { createMeasurement } from '../../src/stages/measure/measure.ts';
import { makeLayer } from '../content/layer/made-layer.ts';
import { amd64, TestRegistry } from '../stages/measure/made-image.ts';

const scratch = join(process.argv[2] as string, 'scratch');
await using registry = await TestRegistry.start();
const digest = await registry.add([makeLayer({ large: randomBytes(4_000_000) })]);
const measuring = createMeasurement({
  subjects: [{ subject: 'image', open: registry.open, digest, platform: amd64 }],
  holdsBaseline: false,
  sameRegistry: true,
  seed: 1,
  scratch,
  attempts: 1,
  sampleTimeoutSeconds: 60,
  unpackRatioLimit: 200,
  progress: silentProgress,
  signal: new AbortController().signal,
  host: { dropPageCache: async () => true, pause: async () => {} },
});
await measuring.run(1);
console.log(JSON.stringify({ ...measuring.facts(), left: await readdir(scratch) }));
