import type { Jobs } from './jobs.ts';
import { WorkerPool } from './pool.ts';

/** Beside this file in src/; in dist/ the build puts its bundle beside the chunk that this file is in. */
const module = new URL(
  import.meta.url.endsWith('.ts') ? './worker.ts' : './layer-worker.js',
  import.meta.url,
);

/** Threads that unpack layers and remove trees. */
export class LayerPool extends WorkerPool<Jobs> {
  constructor(threads: number) {
    super(module, threads);
  }
}
