import * as core from '@actions/core';
import { cleanUp } from './scratch.ts';

await cleanUp(core);
