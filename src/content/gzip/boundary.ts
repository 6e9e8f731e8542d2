/** Bytes of output that deflate refers back to at most: all that inflating needs to go on at a boundary (RFC 1951, 2). */
export const windowBytes = 32_768;

/** A place in a gzip stream from which inflating can begin: before a deflate block. As zlib's examples/zran.c has it. */
export interface Boundary {
  /** First byte of the compressed stream that what follows does not share with what came before. */
  readonly in: number;
  /** Bytes of output before it, those of all members together. */
  readonly out: number;
  /** So many high bits of byte `in - 1` belong to what follows: 0 to 7. */
  readonly bits: number;
  /** A member begins here, its header being over; else a block within one. */
  readonly member: boolean;
}

/** Who wants to know where blocks and members begin. All calls are synchronous and in the stream's order. */
export interface BoundarySubscriber {
  /**
   * Compressed bytes that are used up: every byte of the stream comes once, headers and trailers too; those before a
   * boundary's `in` come before it and the others after it. A view, lent for the call.
   */
  compressed?(part: Uint8Array): void;
  /**
   * After each member's gzip header, and after each block but the last of its member. `window` fills the buffer of
   * `windowBytes` with the output before it, with zeros in front where there is less.
   */
  boundary?(at: Boundary, window: (into: Uint8Array) => void): void;
}
