/** The series that was made: its releases, and the images of them in one OCI layout. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { changes, type Release, releasesOf } from './releases.ts';
import { workFolder } from './room.ts';

/** An image of each release, tagged as the release is; equal blobs are there once. */
export const seriesLayout = join(workFolder, 'layout');

export async function readReleases(): Promise<Release[]> {
  const requirements = await readFile(join(import.meta.dirname, 'requirements.txt'), 'utf8');
  return releasesOf(changes, requirements.trim().split('\n'));
}
