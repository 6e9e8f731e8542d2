/** A thread that reads layers for their zTOCs and for re-layering at once. */
import { serveJobs } from '../content/layer/serve-jobs.ts';
import { layerScan } from '../stages/relayer/scan.ts';
import { indexJobs } from '../stages/soci/jobs.ts';

serveJobs(indexJobs(layerScan));
