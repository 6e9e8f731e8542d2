/** A thread of a LayerPool. */
import { jobs } from './jobs.ts';
import { serveJobs } from './serve-jobs.ts';

serveJobs(jobs);
