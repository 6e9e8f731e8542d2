/** Generated layers, compressed by everything there is. */

import type { ByteStream } from '../../src/content/bytes.ts';
import { compressMembers } from '../../src/content/gzip/writer.ts';
import { chunked, describeLayer, type MadeLayer } from '../content/layer/made-layer.ts';
import { type Compress, compressors, memberCompressors } from '../layers/compressors.ts';
import { type CorpusTar, makeTar } from '../layers/corpus.ts';
import type { Random } from '../layers/random.ts';
import type { TraitName } from '../layers/traits.ts';
import type { Room } from './room.ts';
import { compressInRoom, type RoomCompressor, roomCompressors } from './soci-compressors.ts';

export interface LayerCase {
  /** For people: its seed, traits, ending and compressor. */
  readonly name: string;
  /** What is odd about it: its tar's traits, and its blob's damage. */
  readonly traits: readonly (TraitName | Damage | 'empty')[];
  readonly layer: MadeLayer;
}

export const spanSizes = [16, 64, 128, 256, 1024, 4096].map((kibibytes) => kibibytes * 1024);

type Compressor =
  | { readonly kind: 'none' | 'own-writer' }
  | { readonly kind: 'in-process'; readonly name: string; readonly compress: Compress }
  | { readonly kind: 'in-room'; readonly name: RoomCompressor };

const inProcess = (all: Readonly<Record<string, Compress>>): Compressor[] =>
  Object.entries(all).map(([name, compress]) => ({ kind: 'in-process', name, compress }));

const singleMember: readonly Compressor[] = [
  { kind: 'none' },
  ...inProcess(compressors),
  ...roomCompressors.map((name) => ({ kind: 'in-room' as const, name })),
];
const severalMembers: readonly Compressor[] = [{ kind: 'own-writer' }, ...inProcess(memberCompressors)];

/** Damage to a blob that nobody should read past: one in forty has some. */
const damages = {
  truncated: (blob, random) => blob.subarray(0, random.integer(blob.byteLength)),
  'wrong-crc': (blob) => changed(blob, blob.byteLength - 7),
  'wrong-size': (blob) => changed(blob, blob.byteLength - 2),
  'zeros-after-gzip': (blob) => Buffer.concat([blob, Buffer.alloc(512)]),
  'garbage-after-gzip': (blob) => Buffer.concat([blob, Buffer.from('garbage')]),
  'flipped-byte': (blob, random) => changed(blob, random.integer(blob.byteLength)),
} satisfies Record<string, (blob: Buffer, random: Random) => Buffer>;
export type Damage = keyof typeof damages;

function changed(blob: Buffer, at: number): Buffer {
  const copy = Buffer.from(blob);
  copy[at] = (copy[at] as number) ^ 0x20;
  return copy;
}

export interface CaseOptions {
  readonly count: number;
  readonly spanBytes: number;
  /** Gzip streams of several members too. */
  readonly members: boolean;
  readonly room: Room;
  /** In the room too. */
  readonly folder: string;
}

/** Cases whose seeds are `first` and those after it; none is twice the same layer. */
export async function makeCases(first: number, options: CaseOptions): Promise<LayerCase[]> {
  const { count, spanBytes, members, room, folder } = options;
  const choices = members ? [...singleMember, ...severalMembers] : singleMember;
  const tars = Array.from({ length: count }, (_, at) => makeTar(first + at, spanBytes));
  const chosen = tars.map((_, at) => choices[(first + at) % choices.length] as Compressor);
  const blobs = new Map<number, Buffer>();
  for (const compressor of roomCompressors) {
    const mine = [...tars.keys()].filter((at) => nameOf(chosen[at] as Compressor) === compressor);
    const made = await compressInRoom(
      compressor,
      mine.map((at) => (tars[at] as CorpusTar).tar),
      folder,
      room,
    );
    for (const [place, at] of mine.entries()) blobs.set(at, made[place] as Buffer);
  }
  const cases = await Promise.all(
    tars.map(async (tar, at) => caseOf(tar, chosen[at] as Compressor, blobs.get(at), spanBytes)),
  );
  return [...new Map(cases.map((made) => [made.layer.descriptor.digest, made])).values()];
}

function nameOf(compressor: Compressor): string {
  return 'name' in compressor ? compressor.name : compressor.kind;
}

async function caseOf(
  { name, traits, tar, random }: CorpusTar,
  compressor: Compressor,
  blob: Buffer | undefined,
  spanBytes: number,
): Promise<LayerCase> {
  const whole = blob ?? (await compress(compressor, tar, random, spanBytes));
  const damage =
    compressor.kind !== 'none' && random.once(40) ? random.pick(Object.keys(damages) as Damage[]) : undefined;
  const bytes = damage ? damages[damage](whole, random) : whole;
  return {
    name: `${name}; ${nameOf(compressor)}${damage ? `, ${damage}` : ''}`,
    traits: [...traits, ...(damage ? [damage] : []), ...(bytes.byteLength === 0 ? ['empty' as const] : [])],
    layer: describeLayer(tar, compressor.kind === 'none' ? 'none' : 'gzip', bytes),
  };
}

async function compress(
  compressor: Compressor,
  tar: Buffer,
  random: Random,
  spanBytes: number,
): Promise<Buffer> {
  if (compressor.kind === 'in-process') return compressor.compress(tar, random);
  if (compressor.kind === 'none') return tar;
  return gatherLent(compressMembers(chunked(tar), { memberBytes: spanBytes + 1 }));
}

/** All bytes of a stream whose chunks are good until the next one is asked for. */
export async function gatherLent(stream: ByteStream): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of stream) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts);
}
