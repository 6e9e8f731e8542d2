/** A thread of a LayerIndexer. */
import { serveJobs } from '../../content/layer/serve-jobs.ts';
import { indexJobs } from './jobs.ts';

serveJobs(indexJobs());
