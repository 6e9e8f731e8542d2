import { readFileSync } from 'node:fs';
import { windowBytes } from './boundary.ts';

/** So much of it as is used here: its types are the DOM's. */
declare const WebAssembly: {
  Module: new (code: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

/** What `decode` says: see assembly/status.ts. */
export const inputWanted = 0;
export const outputFull = 1;
export const blockEnded = 2;
export const streamEnded = 3;

/** What is wrong, by the numbers of assembly/status.ts. */
export const faults: Readonly<Record<number, string>> = {
  16: 'a block of the invalid type 3',
  17: 'the length of a stored block does not agree with its complement',
  18: 'more length or distance codes than there are',
  19: 'no usable code for code lengths',
  20: 'a repeated code length without one before it, or beyond the last',
  21: 'no code for the end of the block',
  22: 'no usable code for literals and lengths',
  23: 'no usable code for distances',
  24: 'a literal or length without meaning',
  25: 'a distance without meaning',
  26: 'a match that begins before the data does',
};

/** A global of the module, an i32. */
interface Cell {
  value: number;
}

/** An instance of inflate.wasm; addresses are of its memory. See assembly/inflate.ts. */
export interface Decoder {
  readonly memory: Uint8Array;
  readonly input: number;
  readonly inputSize: number;
  readonly output: number;
  readonly inputAt: Cell;
  readonly inputEnd: Cell;
  readonly outputAt: Cell;
  readonly held: Cell;
  readonly heldCount: Cell;
  /** A deflate stream begins, whose matches may reach into so many bytes before `outputAt`. */
  begin(window: number): void;
  /** Makes room: of the output only the window is kept, before `output`. */
  slide(): void;
  decode(): number;
}

type Constant = 'input' | 'inputSize' | 'output';
type Exports = Omit<Decoder, 'memory' | Constant> &
  Record<Constant, Cell> & { readonly memory: { readonly buffer: ArrayBuffer } };

let compiled: object | undefined;
const idle: Decoder[] = [];

/** A decoder without input and output, and with zeros in its window. */
export function takeDecoder(): Decoder {
  const decoder = idle.pop() ?? instantiate();
  const { memory, input, output } = decoder;
  memory.fill(0, output - windowBytes, output);
  decoder.inputAt.value = input;
  decoder.inputEnd.value = input;
  decoder.outputAt.value = output;
  return decoder;
}

/** For the next stream. Whoever was lent a view of its memory is done with it. */
export function giveBack(decoder: Decoder): void {
  idle.push(decoder);
}

function instantiate(): Decoder {
  compiled ??= new WebAssembly.Module(readFileSync(new URL('./inflate.wasm', import.meta.url)));
  const exports = new WebAssembly.Instance(compiled).exports as Exports;
  return {
    ...exports,
    memory: new Uint8Array(exports.memory.buffer),
    input: exports.input.value,
    inputSize: exports.inputSize.value,
    output: exports.output.value,
  };
}
