/** A thread of a LayerIndexer. */
import { serveJobs } from '../../content/layer/serve-jobs.ts';
import { jobs } from './jobs.ts';

serveJobs(jobs);
