import type { SeriesImage } from './image.ts';

export async function repacked(_release: string): Promise<SeriesImage | undefined> {
  return undefined;
}
