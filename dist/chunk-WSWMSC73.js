import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  blockBytes
} from "./chunk-HXSIVDWK.js";
import {
  inputError
} from "./chunk-4J2PJRUG.js";
import {
  __commonJS,
  __toESM
} from "./chunk-CLVFFHSH.js";

// node_modules/flatbuffers/js/constants.js
var require_constants = __commonJS({
  "node_modules/flatbuffers/js/constants.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.SIZE_PREFIX_LENGTH = exports.FILE_IDENTIFIER_LENGTH = exports.SIZEOF_INT = exports.SIZEOF_SHORT = void 0;
    exports.SIZEOF_SHORT = 2;
    exports.SIZEOF_INT = 4;
    exports.FILE_IDENTIFIER_LENGTH = 4;
    exports.SIZE_PREFIX_LENGTH = 4;
  }
});

// node_modules/flatbuffers/js/utils.js
var require_utils = __commonJS({
  "node_modules/flatbuffers/js/utils.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.isLittleEndian = exports.float64 = exports.float32 = exports.int32 = void 0;
    exports.int32 = new Int32Array(2);
    exports.float32 = new Float32Array(exports.int32.buffer);
    exports.float64 = new Float64Array(exports.int32.buffer);
    exports.isLittleEndian = new Uint16Array(new Uint8Array([1, 0]).buffer)[0] === 1;
  }
});

// node_modules/flatbuffers/js/encoding.js
var require_encoding = __commonJS({
  "node_modules/flatbuffers/js/encoding.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Encoding = void 0;
    var Encoding;
    (function(Encoding2) {
      Encoding2[Encoding2["UTF8_BYTES"] = 1] = "UTF8_BYTES";
      Encoding2[Encoding2["UTF16_STRING"] = 2] = "UTF16_STRING";
    })(Encoding || (exports.Encoding = Encoding = {}));
  }
});

// node_modules/flatbuffers/js/byte-buffer.js
var require_byte_buffer = __commonJS({
  "node_modules/flatbuffers/js/byte-buffer.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.ByteBuffer = void 0;
    var constants_js_1 = require_constants();
    var encoding_js_1 = require_encoding();
    var utils_js_1 = require_utils();
    var ByteBuffer = class _ByteBuffer {
      /**
       * Create a new ByteBuffer with a given array of bytes (`Uint8Array`)
       */
      constructor(bytes_) {
        this.bytes_ = bytes_;
        this.position_ = 0;
        this.text_decoder_ = new TextDecoder();
      }
      /**
       * Create and allocate a new ByteBuffer with a given size.
       */
      static allocate(byte_size) {
        return new _ByteBuffer(new Uint8Array(byte_size));
      }
      clear() {
        this.position_ = 0;
      }
      /**
       * Get the underlying `Uint8Array`.
       */
      bytes() {
        return this.bytes_;
      }
      /**
       * Get the buffer's position.
       */
      position() {
        return this.position_;
      }
      /**
       * Set the buffer's position.
       */
      setPosition(position) {
        this.position_ = position;
      }
      /**
       * Get the buffer's capacity.
       */
      capacity() {
        return this.bytes_.length;
      }
      readInt8(offset) {
        return this.readUint8(offset) << 24 >> 24;
      }
      readUint8(offset) {
        return this.bytes_[offset];
      }
      readInt16(offset) {
        return this.readUint16(offset) << 16 >> 16;
      }
      readUint16(offset) {
        return this.bytes_[offset] | this.bytes_[offset + 1] << 8;
      }
      readInt32(offset) {
        return this.bytes_[offset] | this.bytes_[offset + 1] << 8 | this.bytes_[offset + 2] << 16 | this.bytes_[offset + 3] << 24;
      }
      readUint32(offset) {
        return this.readInt32(offset) >>> 0;
      }
      readInt64(offset) {
        return BigInt.asIntN(64, BigInt(this.readUint32(offset)) + (BigInt(this.readUint32(offset + 4)) << BigInt(32)));
      }
      readUint64(offset) {
        return BigInt.asUintN(64, BigInt(this.readUint32(offset)) + (BigInt(this.readUint32(offset + 4)) << BigInt(32)));
      }
      readFloat32(offset) {
        utils_js_1.int32[0] = this.readInt32(offset);
        return utils_js_1.float32[0];
      }
      readFloat64(offset) {
        utils_js_1.int32[utils_js_1.isLittleEndian ? 0 : 1] = this.readInt32(offset);
        utils_js_1.int32[utils_js_1.isLittleEndian ? 1 : 0] = this.readInt32(offset + 4);
        return utils_js_1.float64[0];
      }
      writeInt8(offset, value) {
        this.bytes_[offset] = value;
      }
      writeUint8(offset, value) {
        this.bytes_[offset] = value;
      }
      writeInt16(offset, value) {
        this.bytes_[offset] = value;
        this.bytes_[offset + 1] = value >> 8;
      }
      writeUint16(offset, value) {
        this.bytes_[offset] = value;
        this.bytes_[offset + 1] = value >> 8;
      }
      writeInt32(offset, value) {
        this.bytes_[offset] = value;
        this.bytes_[offset + 1] = value >> 8;
        this.bytes_[offset + 2] = value >> 16;
        this.bytes_[offset + 3] = value >> 24;
      }
      writeUint32(offset, value) {
        this.bytes_[offset] = value;
        this.bytes_[offset + 1] = value >> 8;
        this.bytes_[offset + 2] = value >> 16;
        this.bytes_[offset + 3] = value >> 24;
      }
      writeInt64(offset, value) {
        this.writeInt32(offset, Number(BigInt.asIntN(32, value)));
        this.writeInt32(offset + 4, Number(BigInt.asIntN(32, value >> BigInt(32))));
      }
      writeUint64(offset, value) {
        this.writeUint32(offset, Number(BigInt.asUintN(32, value)));
        this.writeUint32(offset + 4, Number(BigInt.asUintN(32, value >> BigInt(32))));
      }
      writeFloat32(offset, value) {
        utils_js_1.float32[0] = value;
        this.writeInt32(offset, utils_js_1.int32[0]);
      }
      writeFloat64(offset, value) {
        utils_js_1.float64[0] = value;
        this.writeInt32(offset, utils_js_1.int32[utils_js_1.isLittleEndian ? 0 : 1]);
        this.writeInt32(offset + 4, utils_js_1.int32[utils_js_1.isLittleEndian ? 1 : 0]);
      }
      /**
       * Return the file identifier.   Behavior is undefined for FlatBuffers whose
       * schema does not include a file_identifier (likely points at padding or the
       * start of a the root vtable).
       */
      getBufferIdentifier() {
        if (this.bytes_.length < this.position_ + constants_js_1.SIZEOF_INT + constants_js_1.FILE_IDENTIFIER_LENGTH) {
          throw new Error("FlatBuffers: ByteBuffer is too short to contain an identifier.");
        }
        let result = "";
        for (let i = 0; i < constants_js_1.FILE_IDENTIFIER_LENGTH; i++) {
          result += String.fromCharCode(this.readInt8(this.position_ + constants_js_1.SIZEOF_INT + i));
        }
        return result;
      }
      /**
       * Look up a field in the vtable, return an offset into the object, or 0 if the
       * field is not present.
       */
      __offset(bb_pos, vtable_offset) {
        const vtable = bb_pos - this.readInt32(bb_pos);
        return vtable_offset < this.readInt16(vtable) ? this.readInt16(vtable + vtable_offset) : 0;
      }
      /**
       * Initialize any Table-derived type to point to the union at the given offset.
       */
      __union(t, offset) {
        t.bb_pos = offset + this.readInt32(offset);
        t.bb = this;
        return t;
      }
      /**
       * Create a JavaScript string from UTF-8 data stored inside the FlatBuffer.
       * This allocates a new string and converts to wide chars upon each access.
       *
       * To avoid the conversion to string, pass Encoding.UTF8_BYTES as the
       * "optionalEncoding" argument. This is useful for avoiding conversion when
       * the data will just be packaged back up in another FlatBuffer later on.
       *
       * @param offset
       * @param opt_encoding Defaults to UTF16_STRING
       */
      __string(offset, opt_encoding) {
        offset += this.readInt32(offset);
        const length = this.readInt32(offset);
        offset += constants_js_1.SIZEOF_INT;
        const utf8bytes = this.bytes_.subarray(offset, offset + length);
        if (opt_encoding === encoding_js_1.Encoding.UTF8_BYTES)
          return utf8bytes;
        else
          return this.text_decoder_.decode(utf8bytes);
      }
      /**
       * Handle unions that can contain string as its member, if a Table-derived type then initialize it,
       * if a string then return a new one
       *
       * WARNING: strings are immutable in JS so we can't change the string that the user gave us, this
       * makes the behaviour of __union_with_string different compared to __union
       */
      __union_with_string(o, offset) {
        if (typeof o === "string") {
          return this.__string(offset);
        }
        return this.__union(o, offset);
      }
      /**
       * Retrieve the relative offset stored at "offset"
       */
      __indirect(offset) {
        return offset + this.readInt32(offset);
      }
      /**
       * Get the start of data of a vector whose offset is stored at "offset" in this object.
       */
      __vector(offset) {
        return offset + this.readInt32(offset) + constants_js_1.SIZEOF_INT;
      }
      /**
       * Get the length of a vector whose offset is stored at "offset" in this object.
       */
      __vector_len(offset) {
        return this.readInt32(offset + this.readInt32(offset));
      }
      __has_identifier(ident) {
        if (ident.length != constants_js_1.FILE_IDENTIFIER_LENGTH) {
          throw new Error("FlatBuffers: file identifier must be length " + constants_js_1.FILE_IDENTIFIER_LENGTH);
        }
        for (let i = 0; i < constants_js_1.FILE_IDENTIFIER_LENGTH; i++) {
          if (ident.charCodeAt(i) != this.readInt8(this.position() + constants_js_1.SIZEOF_INT + i)) {
            return false;
          }
        }
        return true;
      }
      /**
       * A helper function for generating list for obj api
       */
      createScalarList(listAccessor, listLength) {
        const ret = [];
        for (let i = 0; i < listLength; ++i) {
          const val = listAccessor(i);
          if (val !== null) {
            ret.push(val);
          }
        }
        return ret;
      }
      /**
       * A helper function for generating list for obj api
       * @param listAccessor function that accepts an index and return data at that index
       * @param listLength listLength
       * @param res result list
       */
      createObjList(listAccessor, listLength) {
        const ret = [];
        for (let i = 0; i < listLength; ++i) {
          const val = listAccessor(i);
          if (val !== null) {
            ret.push(val.unpack());
          }
        }
        return ret;
      }
    };
    exports.ByteBuffer = ByteBuffer;
  }
});

// node_modules/flatbuffers/js/builder.js
var require_builder = __commonJS({
  "node_modules/flatbuffers/js/builder.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Builder = void 0;
    var byte_buffer_js_1 = require_byte_buffer();
    var constants_js_1 = require_constants();
    var Builder2 = class _Builder {
      /**
       * Create a FlatBufferBuilder.
       */
      constructor(opt_initial_size) {
        this.minalign = 1;
        this.vtable = null;
        this.vtable_in_use = 0;
        this.isNested = false;
        this.object_start = 0;
        this.vtables = [];
        this.vector_num_elems = 0;
        this.force_defaults = false;
        this.string_maps = null;
        this.text_encoder = new TextEncoder();
        let initial_size;
        if (!opt_initial_size) {
          initial_size = 1024;
        } else {
          initial_size = opt_initial_size;
        }
        this.bb = byte_buffer_js_1.ByteBuffer.allocate(initial_size);
        this.space = initial_size;
      }
      clear() {
        this.bb.clear();
        this.space = this.bb.capacity();
        this.minalign = 1;
        this.vtable = null;
        this.vtable_in_use = 0;
        this.isNested = false;
        this.object_start = 0;
        this.vtables = [];
        this.vector_num_elems = 0;
        this.force_defaults = false;
        this.string_maps = null;
      }
      /**
       * In order to save space, fields that are set to their default value
       * don't get serialized into the buffer. Forcing defaults provides a
       * way to manually disable this optimization.
       *
       * @param forceDefaults true always serializes default values
       */
      forceDefaults(forceDefaults) {
        this.force_defaults = forceDefaults;
      }
      /**
       * Get the ByteBuffer representing the FlatBuffer. Only call this after you've
       * called finish(). The actual data starts at the ByteBuffer's current position,
       * not necessarily at 0.
       */
      dataBuffer() {
        return this.bb;
      }
      /**
       * Get the bytes representing the FlatBuffer. Only call this after you've
       * called finish().
       */
      asUint8Array() {
        return this.bb.bytes().subarray(this.bb.position(), this.bb.position() + this.offset());
      }
      /**
       * Prepare to write an element of `size` after `additional_bytes` have been
       * written, e.g. if you write a string, you need to align such the int length
       * field is aligned to 4 bytes, and the string data follows it directly. If all
       * you need to do is alignment, `additional_bytes` will be 0.
       *
       * @param size This is the of the new element to write
       * @param additional_bytes The padding size
       */
      prep(size, additional_bytes) {
        if (size > this.minalign) {
          this.minalign = size;
        }
        const align_size = ~(this.bb.capacity() - this.space + additional_bytes) + 1 & size - 1;
        while (this.space < align_size + size + additional_bytes) {
          const old_buf_size = this.bb.capacity();
          this.bb = _Builder.growByteBuffer(this.bb);
          this.space += this.bb.capacity() - old_buf_size;
        }
        this.pad(align_size);
      }
      pad(byte_size) {
        for (let i = 0; i < byte_size; i++) {
          this.bb.writeInt8(--this.space, 0);
        }
      }
      writeInt8(value) {
        this.bb.writeInt8(this.space -= 1, value);
      }
      writeInt16(value) {
        this.bb.writeInt16(this.space -= 2, value);
      }
      writeInt32(value) {
        this.bb.writeInt32(this.space -= 4, value);
      }
      writeInt64(value) {
        this.bb.writeInt64(this.space -= 8, value);
      }
      writeFloat32(value) {
        this.bb.writeFloat32(this.space -= 4, value);
      }
      writeFloat64(value) {
        this.bb.writeFloat64(this.space -= 8, value);
      }
      /**
       * Add an `int8` to the buffer, properly aligned, and grows the buffer (if necessary).
       * @param value The `int8` to add the buffer.
       */
      addInt8(value) {
        this.prep(1, 0);
        this.writeInt8(value);
      }
      /**
       * Add an `int16` to the buffer, properly aligned, and grows the buffer (if necessary).
       * @param value The `int16` to add the buffer.
       */
      addInt16(value) {
        this.prep(2, 0);
        this.writeInt16(value);
      }
      /**
       * Add an `int32` to the buffer, properly aligned, and grows the buffer (if necessary).
       * @param value The `int32` to add the buffer.
       */
      addInt32(value) {
        this.prep(4, 0);
        this.writeInt32(value);
      }
      /**
       * Add an `int64` to the buffer, properly aligned, and grows the buffer (if necessary).
       * @param value The `int64` to add the buffer.
       */
      addInt64(value) {
        this.prep(8, 0);
        this.writeInt64(value);
      }
      /**
       * Add a `float32` to the buffer, properly aligned, and grows the buffer (if necessary).
       * @param value The `float32` to add the buffer.
       */
      addFloat32(value) {
        this.prep(4, 0);
        this.writeFloat32(value);
      }
      /**
       * Add a `float64` to the buffer, properly aligned, and grows the buffer (if necessary).
       * @param value The `float64` to add the buffer.
       */
      addFloat64(value) {
        this.prep(8, 0);
        this.writeFloat64(value);
      }
      addFieldInt8(voffset, value, defaultValue) {
        if (this.force_defaults || value != defaultValue) {
          this.addInt8(value);
          this.slot(voffset);
        }
      }
      addFieldInt16(voffset, value, defaultValue) {
        if (this.force_defaults || value != defaultValue) {
          this.addInt16(value);
          this.slot(voffset);
        }
      }
      addFieldInt32(voffset, value, defaultValue) {
        if (this.force_defaults || value != defaultValue) {
          this.addInt32(value);
          this.slot(voffset);
        }
      }
      addFieldInt64(voffset, value, defaultValue) {
        if (this.force_defaults || value !== defaultValue) {
          this.addInt64(value);
          this.slot(voffset);
        }
      }
      addFieldFloat32(voffset, value, defaultValue) {
        if (this.force_defaults || value != defaultValue) {
          this.addFloat32(value);
          this.slot(voffset);
        }
      }
      addFieldFloat64(voffset, value, defaultValue) {
        if (this.force_defaults || value != defaultValue) {
          this.addFloat64(value);
          this.slot(voffset);
        }
      }
      addFieldOffset(voffset, value, defaultValue) {
        if (this.force_defaults || value != defaultValue) {
          this.addOffset(value);
          this.slot(voffset);
        }
      }
      /**
       * Structs are stored inline, so nothing additional is being added. `d` is always 0.
       */
      addFieldStruct(voffset, value, defaultValue) {
        if (value != defaultValue) {
          this.nested(value);
          this.slot(voffset);
        }
      }
      /**
       * Structures are always stored inline, they need to be created right
       * where they're used.  You'll get this assertion failure if you
       * created it elsewhere.
       */
      nested(obj) {
        if (obj != this.offset()) {
          throw new TypeError("FlatBuffers: struct must be serialized inline.");
        }
      }
      /**
       * Should not be creating any other object, string or vector
       * while an object is being constructed
       */
      notNested() {
        if (this.isNested) {
          throw new TypeError("FlatBuffers: object serialization must not be nested.");
        }
      }
      /**
       * Set the current vtable at `voffset` to the current location in the buffer.
       */
      slot(voffset) {
        if (this.vtable !== null)
          this.vtable[voffset] = this.offset();
      }
      /**
       * @returns Offset relative to the end of the buffer.
       */
      offset() {
        return this.bb.capacity() - this.space;
      }
      /**
       * Doubles the size of the backing ByteBuffer and copies the old data towards
       * the end of the new buffer (since we build the buffer backwards).
       *
       * @param bb The current buffer with the existing data
       * @returns A new byte buffer with the old data copied
       * to it. The data is located at the end of the buffer.
       *
       * uint8Array.set() formally takes {Array<number>|ArrayBufferView}, so to pass
       * it a uint8Array we need to suppress the type check:
       * @suppress {checkTypes}
       */
      static growByteBuffer(bb) {
        const old_buf_size = bb.capacity();
        if (old_buf_size & 3221225472) {
          throw new Error("FlatBuffers: cannot grow buffer beyond 2 gigabytes.");
        }
        const new_buf_size = old_buf_size << 1;
        const nbb = byte_buffer_js_1.ByteBuffer.allocate(new_buf_size);
        nbb.setPosition(new_buf_size - old_buf_size);
        nbb.bytes().set(bb.bytes(), new_buf_size - old_buf_size);
        return nbb;
      }
      /**
       * Adds on offset, relative to where it will be written.
       *
       * @param offset The offset to add.
       */
      addOffset(offset) {
        this.prep(constants_js_1.SIZEOF_INT, 0);
        this.writeInt32(this.offset() - offset + constants_js_1.SIZEOF_INT);
      }
      /**
       * Start encoding a new object in the buffer.  Users will not usually need to
       * call this directly. The FlatBuffers compiler will generate helper methods
       * that call this method internally.
       */
      startObject(numfields) {
        this.notNested();
        if (this.vtable == null) {
          this.vtable = [];
        }
        this.vtable_in_use = numfields;
        for (let i = 0; i < numfields; i++) {
          this.vtable[i] = 0;
        }
        this.isNested = true;
        this.object_start = this.offset();
      }
      /**
       * Finish off writing the object that is under construction.
       *
       * @returns The offset to the object inside `dataBuffer`
       */
      endObject() {
        if (this.vtable == null || !this.isNested) {
          throw new Error("FlatBuffers: endObject called without startObject");
        }
        this.addInt32(0);
        const vtableloc = this.offset();
        let i = this.vtable_in_use - 1;
        for (; i >= 0 && this.vtable[i] == 0; i--) {
        }
        const trimmed_size = i + 1;
        for (; i >= 0; i--) {
          this.addInt16(this.vtable[i] != 0 ? vtableloc - this.vtable[i] : 0);
        }
        const standard_fields = 2;
        this.addInt16(vtableloc - this.object_start);
        const len = (trimmed_size + standard_fields) * constants_js_1.SIZEOF_SHORT;
        this.addInt16(len);
        let existing_vtable = 0;
        const vt1 = this.space;
        outer_loop: for (i = 0; i < this.vtables.length; i++) {
          const vt2 = this.bb.capacity() - this.vtables[i];
          if (len == this.bb.readInt16(vt2)) {
            for (let j = constants_js_1.SIZEOF_SHORT; j < len; j += constants_js_1.SIZEOF_SHORT) {
              if (this.bb.readInt16(vt1 + j) != this.bb.readInt16(vt2 + j)) {
                continue outer_loop;
              }
            }
            existing_vtable = this.vtables[i];
            break;
          }
        }
        if (existing_vtable) {
          this.space = this.bb.capacity() - vtableloc;
          this.bb.writeInt32(this.space, existing_vtable - vtableloc);
        } else {
          this.vtables.push(this.offset());
          this.bb.writeInt32(this.bb.capacity() - vtableloc, this.offset() - vtableloc);
        }
        this.isNested = false;
        return vtableloc;
      }
      /**
       * Finalize a buffer, poiting to the given `root_table`.
       */
      finish(root_table, opt_file_identifier, opt_size_prefix) {
        const size_prefix = opt_size_prefix ? constants_js_1.SIZE_PREFIX_LENGTH : 0;
        if (opt_file_identifier) {
          const file_identifier = opt_file_identifier;
          this.prep(this.minalign, constants_js_1.SIZEOF_INT + constants_js_1.FILE_IDENTIFIER_LENGTH + size_prefix);
          if (file_identifier.length != constants_js_1.FILE_IDENTIFIER_LENGTH) {
            throw new TypeError("FlatBuffers: file identifier must be length " + constants_js_1.FILE_IDENTIFIER_LENGTH);
          }
          for (let i = constants_js_1.FILE_IDENTIFIER_LENGTH - 1; i >= 0; i--) {
            this.writeInt8(file_identifier.charCodeAt(i));
          }
        }
        this.prep(this.minalign, constants_js_1.SIZEOF_INT + size_prefix);
        this.addOffset(root_table);
        if (size_prefix) {
          this.addInt32(this.bb.capacity() - this.space);
        }
        this.bb.setPosition(this.space);
      }
      /**
       * Finalize a size prefixed buffer, pointing to the given `root_table`.
       */
      finishSizePrefixed(root_table, opt_file_identifier) {
        this.finish(root_table, opt_file_identifier, true);
      }
      /**
       * This checks a required field has been set in a given table that has
       * just been constructed.
       */
      requiredField(table, field) {
        const table_start = this.bb.capacity() - table;
        const vtable_start = table_start - this.bb.readInt32(table_start);
        const ok = field < this.bb.readInt16(vtable_start) && this.bb.readInt16(vtable_start + field) != 0;
        if (!ok) {
          throw new TypeError("FlatBuffers: field " + field + " must be set");
        }
      }
      /**
       * Start a new array/vector of objects.  Users usually will not call
       * this directly. The FlatBuffers compiler will create a start/end
       * method for vector types in generated code.
       *
       * @param elem_size The size of each element in the array
       * @param num_elems The number of elements in the array
       * @param alignment The alignment of the array
       */
      startVector(elem_size, num_elems, alignment) {
        this.notNested();
        this.vector_num_elems = num_elems;
        this.prep(constants_js_1.SIZEOF_INT, elem_size * num_elems);
        this.prep(alignment, elem_size * num_elems);
      }
      /**
       * Finish off the creation of an array and all its elements. The array must be
       * created with `startVector`.
       *
       * @returns The offset at which the newly created array
       * starts.
       */
      endVector() {
        this.writeInt32(this.vector_num_elems);
        return this.offset();
      }
      /**
       * Encode the string `s` in the buffer using UTF-8. If the string passed has
       * already been seen, we return the offset of the already written string
       *
       * @param s The string to encode
       * @return The offset in the buffer where the encoded string starts
       */
      createSharedString(s) {
        if (!s) {
          return 0;
        }
        if (!this.string_maps) {
          this.string_maps = /* @__PURE__ */ new Map();
        }
        if (this.string_maps.has(s)) {
          return this.string_maps.get(s);
        }
        const offset = this.createString(s);
        this.string_maps.set(s, offset);
        return offset;
      }
      /**
       * Encode the string `s` in the buffer using UTF-8. If a Uint8Array is passed
       * instead of a string, it is assumed to contain valid UTF-8 encoded data.
       *
       * @param s The string to encode
       * @return The offset in the buffer where the encoded string starts
       */
      createString(s) {
        if (s === null || s === void 0) {
          return 0;
        }
        let utf8;
        if (s instanceof Uint8Array) {
          utf8 = s;
        } else {
          utf8 = this.text_encoder.encode(s);
        }
        this.addInt8(0);
        this.startVector(1, utf8.length, 1);
        this.bb.setPosition(this.space -= utf8.length);
        this.bb.bytes().set(utf8, this.space);
        return this.endVector();
      }
      /**
       * Create a byte vector.
       *
       * @param v The bytes to add
       * @returns The offset in the buffer where the byte vector starts
       */
      createByteVector(v) {
        if (v === null || v === void 0) {
          return 0;
        }
        this.startVector(1, v.length, 1);
        this.bb.setPosition(this.space -= v.length);
        this.bb.bytes().set(v, this.space);
        return this.endVector();
      }
      /**
       * A helper function to pack an object
       *
       * @returns offset of obj
       */
      createObjectOffset(obj) {
        if (obj === null) {
          return 0;
        }
        if (typeof obj === "string") {
          return this.createString(obj);
        } else {
          return obj.pack(this);
        }
      }
      /**
       * A helper function to pack a list of object
       *
       * @returns list of offsets of each non null object
       */
      createObjectOffsetList(list) {
        const ret = [];
        for (let i = 0; i < list.length; ++i) {
          const val = list[i];
          if (val !== null) {
            ret.push(this.createObjectOffset(val));
          } else {
            throw new TypeError("FlatBuffers: Argument for createObjectOffsetList cannot contain null.");
          }
        }
        return ret;
      }
      createStructOffsetList(list, startFunc) {
        startFunc(this, list.length);
        this.createObjectOffsetList(list.slice().reverse());
        return this.endVector();
      }
    };
    exports.Builder = Builder2;
  }
});

// node_modules/flatbuffers/js/flatbuffers.js
var require_flatbuffers = __commonJS({
  "node_modules/flatbuffers/js/flatbuffers.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Encoding = exports.ByteBuffer = exports.Builder = exports.isLittleEndian = exports.int32 = exports.float64 = exports.float32 = exports.SIZE_PREFIX_LENGTH = exports.SIZEOF_SHORT = exports.SIZEOF_INT = exports.FILE_IDENTIFIER_LENGTH = void 0;
    var constants_js_1 = require_constants();
    Object.defineProperty(exports, "FILE_IDENTIFIER_LENGTH", { enumerable: true, get: function() {
      return constants_js_1.FILE_IDENTIFIER_LENGTH;
    } });
    Object.defineProperty(exports, "SIZEOF_INT", { enumerable: true, get: function() {
      return constants_js_1.SIZEOF_INT;
    } });
    Object.defineProperty(exports, "SIZEOF_SHORT", { enumerable: true, get: function() {
      return constants_js_1.SIZEOF_SHORT;
    } });
    Object.defineProperty(exports, "SIZE_PREFIX_LENGTH", { enumerable: true, get: function() {
      return constants_js_1.SIZE_PREFIX_LENGTH;
    } });
    var utils_js_1 = require_utils();
    Object.defineProperty(exports, "float32", { enumerable: true, get: function() {
      return utils_js_1.float32;
    } });
    Object.defineProperty(exports, "float64", { enumerable: true, get: function() {
      return utils_js_1.float64;
    } });
    Object.defineProperty(exports, "int32", { enumerable: true, get: function() {
      return utils_js_1.int32;
    } });
    Object.defineProperty(exports, "isLittleEndian", { enumerable: true, get: function() {
      return utils_js_1.isLittleEndian;
    } });
    var builder_js_1 = require_builder();
    Object.defineProperty(exports, "Builder", { enumerable: true, get: function() {
      return builder_js_1.Builder;
    } });
    var byte_buffer_js_1 = require_byte_buffer();
    Object.defineProperty(exports, "ByteBuffer", { enumerable: true, get: function() {
      return byte_buffer_js_1.ByteBuffer;
    } });
    var encoding_js_1 = require_encoding();
    Object.defineProperty(exports, "Encoding", { enumerable: true, get: function() {
      return encoding_js_1.Encoding;
    } });
  }
});

// src/stages/soci/entry.ts
var entryTypeOf = {
  file: "reg",
  directory: "dir",
  symlink: "symlink",
  hardlink: "hardlink",
  character: "char",
  block: "block",
  fifo: "fifo",
  other: void 0
};
function ztocEntry(entry) {
  const type = entryTypeOf[entry.kind];
  if (!type) throw new TypeError(`${entry.path} has no type that a zTOC knows`);
  const xattrs = xattrsOf(entry.pax);
  return {
    name: entry.name,
    type,
    offset: entry.dataStart,
    size: entry.size,
    linkname: entry.linkname,
    mode: entry.mode,
    uid: entry.uid >>> 0,
    gid: entry.gid >>> 0,
    uname: entry.uname,
    gname: entry.gname,
    modTime: modTimeOf(entry, xattrs),
    devmajor: entry.devmajor,
    devminor: entry.devminor,
    xattrs
  };
}
function unindexable(reason) {
  return inputError("unindexable", reason, { hint: "Nodes pull this layer as a whole." });
}
function whyUnindexable(entry) {
  const name = nameForPeople(entry.name);
  const { type } = entry.header;
  if (entry.globals.length > 0) return `a global PAX header is before ${name}`;
  if (type === "S" || entry.sparseSize !== void 0 || entry.pax.some(isSparseRecord)) {
    return `${name} is a sparse file`;
  }
  if (type === "7") return `${name} is a contiguous file`;
  if (entryTypeOf[entry.kind] === void 0) {
    return `${name} is of the type ${JSON.stringify(type)}, which SOCI does not know`;
  }
  if (entry.pax.length > 0 && isReadDifferently(entry.pax)) {
    return `${name} has a PAX header that readers do not agree on`;
  }
  return void 0;
}
function nameForPeople(name) {
  const text = name.toString("utf8", 0, 500);
  return /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}"]+$/u.test(text) ? text : JSON.stringify(text);
}
var noXattrs = [];
function xattrsOf(records) {
  if (records.length === 0) return noXattrs;
  return [...byKey(records).values()].sort((a, b) => Buffer.compare(a.key, b.key));
}
function byKey(records) {
  return new Map(records.map((record) => [record.key.toString("latin1"), record]));
}
function isSparseRecord({ key }) {
  return key.toString("latin1", 0, 11) === "GNU.sparse.";
}
var fields = ["path", "linkpath", "size", "uid", "gid", "uname", "gname"];
function isReadDifferently(records) {
  const last = byKey(records);
  return records.some(({ key }) => key.includes(0)) || last.has("SCHILY.xattr.") || ["atime", "ctime"].some(
    (key) => !/^([+-]?\d+(\.\d*)?)?$/.test(last.get(key)?.value.toString("latin1") ?? "")
  ) || fields.some((field) => last.get(field)?.value.byteLength === 0 && isSet(records, field));
}
function isSet(records, field) {
  return records.some(({ key, value }) => value.byteLength > 0 && key.toString("latin1") === field);
}
var [yearZero, yearTenThousand] = [-62167219200, 253402300800];
function modTimeOf(entry, xattrs) {
  const record = xattrs.find(({ key }) => key.toString("latin1") === "mtime")?.value.toString("latin1");
  const [whole = "", digits = ""] = record ? record.split(".") : [String(entry.header.mtime)];
  let seconds = Number(whole);
  let nanoseconds = Number(digits.slice(0, 9).padEnd(9, "0"));
  if (whole.startsWith("-") && nanoseconds > 0) {
    seconds -= 1;
    nanoseconds = 1e9 - nanoseconds;
  }
  if (seconds < yearZero || seconds >= yearTenThousand) return "";
  const fraction = nanoseconds === 0 ? "" : `.${String(nanoseconds).padStart(9, "0").replace(/0+$/, "")}`;
  return `${new Date(seconds * 1e3).toISOString().slice(0, 19)}${fraction}Z`;
}

// src/content/gzip/boundary.ts
var windowBytes = 32768;

// src/content/gzip/checkpoint.ts
var checkpointPlaceBytes = 17;
var checkpointBytes = checkpointPlaceBytes + windowBytes;
function writeCheckpoint(into, at) {
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  view.setBigInt64(0, BigInt(at.in), true);
  view.setBigInt64(8, BigInt(at.out), true);
  view.setUint8(16, at.bits);
}
function readCheckpoint(from) {
  const view = new DataView(from.buffer, from.byteOffset, from.byteLength);
  return {
    in: Number(view.getBigInt64(0, true)),
    out: Number(view.getBigInt64(8, true)),
    bits: view.getUint8(16)
  };
}

// src/stages/soci/path-tree.ts
var maxNameBytes = 32768;
var maxImplied = 1e6;
var root = 1;
var PathTree = class {
  /** Hash of a name within its folder, in two halves, and the file that has it; 0: a free place. */
  #high = new Uint32Array(64);
  #low = new Uint32Array(64);
  #file = new Uint32Array(64);
  #taken = 0;
  #files = root;
  #implied = 0;
  /** Nobody who makes names knows it, and so none can be made to collide. */
  #seeds = crypto.getRandomValues(new Uint32Array(2));
  /** Where the parts of the path in hand begin and end. */
  #starts = [];
  #ends = [];
  /** Of the part in hand. */
  #hashHigh = 0;
  #hashLow = 0;
  add({ name, type, linkname }) {
    const target = type === "hardlink" ? this.#find(linkname) : void 0;
    if (target === 0) return "no link target";
    this.#split(name);
    const last = this.#starts.length - 1;
    let folder = root;
    for (let part = 0; part < last; part++) {
      const found = this.#get(name, part, folder);
      if (found === 0 && ++this.#implied > maxImplied) return "many folders";
      folder = found || this.#set(name, part, folder, ++this.#files);
    }
    if (name.byteLength > maxNameBytes && this.#longestPart() > maxNameBytes) return "long name";
    if (last < 0) return void 0;
    const known = type === "dir" ? this.#get(name, last, folder) : 0;
    if (known === 0) this.#set(name, last, folder, target ?? ++this.#files);
    return void 0;
  }
  #longestPart() {
    return this.#starts.reduce(
      (longest, start, part) => Math.max(longest, this.#ends[part] - start),
      0
    );
  }
  /** The file at a path; 0: none. */
  #find(path) {
    this.#split(path);
    let file = root;
    for (let part = 0; part < this.#starts.length && file !== 0; part++) file = this.#get(path, part, file);
    return file;
  }
  /** The parts of a path from the root; `.` and `..` are resolved. */
  #split(path) {
    this.#starts.length = 0;
    this.#ends.length = 0;
    for (let start = 0; start < path.byteLength; ) {
      let end = start;
      while (end < path.byteLength && path[end] !== 47) end++;
      const dots = end - start <= 2 && path[start] === 46 && path[end - 1] === 46 ? end - start : 0;
      if (dots === 2) {
        this.#starts.pop();
        this.#ends.pop();
      } else if (dots === 0 && end > start) {
        this.#starts.push(start);
        this.#ends.push(end);
      }
      start = end + 1;
    }
  }
  #get(path, part, folder) {
    return this.#file[this.#place(path, part, folder)];
  }
  #set(path, part, folder, file) {
    if (this.#taken >= this.#file.length * 0.7) this.#grow();
    const place = this.#place(path, part, folder);
    if (this.#file[place] === 0) this.#taken++;
    this.#high[place] = this.#hashHigh;
    this.#low[place] = this.#hashLow;
    this.#file[place] = file;
    return file;
  }
  /** Where the part of the path is, or would be; its hash is left in `#hashHigh` and `#hashLow`. */
  #place(path, part, folder) {
    let high = Math.imul(this.#seeds[0] ^ folder, 2246822507);
    let low = Math.imul(this.#seeds[1] ^ folder, 3266489909);
    const end = this.#ends[part];
    for (let at = this.#starts[part]; at < end; at++) {
      const byte = path[at];
      high = Math.imul(high ^ high >>> 15 ^ byte, 2654435761);
      low = Math.imul(low ^ low >>> 13 ^ byte, 1597334677);
    }
    high = Math.imul(high ^ high >>> 16, 2246822507) ^ Math.imul(low ^ low >>> 13, 3266489909);
    low = Math.imul(low ^ low >>> 16, 2246822507) ^ Math.imul(high ^ high >>> 13, 3266489909);
    this.#hashHigh = high >>> 0;
    this.#hashLow = low >>> 0;
    return this.#freeOrEqual(this.#hashHigh, this.#hashLow);
  }
  #freeOrEqual(high, low) {
    const mask = this.#file.length - 1;
    let place = low & mask;
    while (this.#file[place] !== 0 && (this.#high[place] !== high || this.#low[place] !== low)) {
      place = place + 1 & mask;
    }
    return place;
  }
  #grow() {
    const [high, low, file] = [this.#high, this.#low, this.#file];
    this.#high = new Uint32Array(high.length * 2);
    this.#low = new Uint32Array(high.length * 2);
    this.#file = new Uint32Array(high.length * 2);
    for (let at = 0; at < file.length; at++) {
      if (file[at] === 0) continue;
      const place = this.#freeOrEqual(high[at], low[at]);
      this.#high[place] = high[at];
      this.#low[place] = low[at];
      this.#file[place] = file[at];
    }
  }
};

// src/stages/soci/indexability.ts
var Indexability = class {
  #tree = new PathTree();
  /** Where the snapshotter takes the next header to be, and the name before that. */
  #next = 0;
  #before;
  /**
   * What this entry, or its place after those before it, has against a zTOC: half a sentence, as `whyUnindexable` has
   * it. To be asked of every entry until there is a reason.
   */
  whyNot(entry) {
    const type = entryTypeOf[entry.kind];
    const reason = whyUnindexable(entry) ?? this.#whyMisplaced(entry);
    if (reason !== void 0 || !type) return reason;
    this.#next = nextHeader(entry.dataStart, entry.size);
    this.#before = entry.name;
    const fault = this.#tree.add({ name: entry.name, type, linkname: entry.linkname });
    return fault && faultText(fault, entry);
  }
  /** Headers are found by the sizes before them, so one that says more or less than there is hides the next. */
  #whyMisplaced(entry) {
    const overlaps = this.#next > entry.dataStart;
    const lost = entry.kind === "file" && this.#next !== entry.start;
    if (!overlaps && !lost) return void 0;
    if (this.#before && this.#next > entry.start)
      return `${nameForPeople(this.#before)} has a size and no data`;
    return `there is more than its header before ${nameForPeople(entry.name)}`;
  }
};
function nextHeader(offset, size) {
  return Math.ceil((offset + size) / blockBytes) * blockBytes;
}
function faultText(fault, { name, linkname }) {
  if (fault === "many folders") return "more than a million folders have no entry of their own";
  if (fault === "long name") return `a part of the name ${nameForPeople(name)} is longer than 32,768 bytes`;
  return `${nameForPeople(name)} is a hard link to ${nameForPeople(linkname)}, which is not before it in the layer`;
}

// src/stages/soci/ztoc.ts
var ztocVersion = "0.9";
var buildTool = "AWS SOCI CLI v0.2";
var ztocMediaType = "application/octet-stream";
var entryTypes = ["hardlink", "symlink", "dir", "reg", "char", "block", "fifo"];

// src/stages/soci/checkpoints.ts
var import_flatbuffers = __toESM(require_flatbuffers(), 1);

// src/stages/soci/flatbuffer.ts
function addLong(builder, slot, value) {
  if (value === 0) return;
  builder.prep(8, 0);
  builder.writeInt32(Math.floor(value / 2 ** 32));
  builder.writeInt32(value | 0);
  builder.slot(slot);
}
function addOffset(builder, slot, offset) {
  builder.addFieldOffset(slot, offset, Number.NaN);
}
var nothing = Buffer.alloc(0);
var FlatReader = class _FlatReader {
  bytes;
  #where;
  #leftOut;
  /** `leftOut`: a vector of bytes that were not all read: nothing else may lie there. */
  constructor(bytes, where, leftOut = { at: 0, count: 0 }) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#where = where;
    this.#leftOut = leftOut;
  }
  /** Of a flatbuffer that is a vector of this one. */
  within({ at, count }) {
    return new _FlatReader(this.bytes.subarray(at, at + count), this.#where);
  }
  bad(what) {
    return inputError("bad-ztoc", `${this.#where} is no zTOC that can be read: ${what}`, {
      hint: "It is damaged, or was made by a tool that pull-budget does not know; index the image again."
    });
  }
  root() {
    return this.#table(this.#indirect(0));
  }
  /** A table within a table. */
  table(table, slot) {
    const field = this.#field(table, slot, 4);
    return field === void 0 ? void 0 : this.#table(this.#indirect(field));
  }
  tableOf(vector, index) {
    return this.#table(this.#indirect(vector.at + 4 * index));
  }
  /** A view; empty where there is none. */
  string(table, slot) {
    const { at, count } = this.vector(table, slot, 1);
    return count === 0 ? nothing : this.bytes.subarray(at, at + count);
  }
  stringOf(vector, index) {
    const { at, count } = this.#vector(this.#indirect(vector.at + 4 * index), 1);
    return this.bytes.subarray(at, at + count);
  }
  /** Empty where there is none. */
  vector(table, slot, elementBytes) {
    const field = this.#field(table, slot, 4);
    return field === void 0 ? { at: 0, count: 0 } : this.#vector(this.#indirect(field), elementBytes);
  }
  int8(table, slot, otherwise) {
    const field = this.#field(table, slot, 1);
    return field === void 0 ? otherwise : this.bytes[field] << 24 >> 24;
  }
  int32(table, slot) {
    const field = this.#field(table, slot, 4);
    return field === void 0 ? 0 : this.#int32(field);
  }
  uint32(table, slot) {
    return this.int32(table, slot) >>> 0;
  }
  /** Refused where it is beyond 2^53, as no number of an archive is. */
  long(table, slot) {
    const field = this.#field(table, slot, 8);
    return field === void 0 ? 0 : this.longAt(field);
  }
  /** The place must be within the buffer. */
  longAt(at) {
    const value = this.#int32(at + 4) * 2 ** 32 + (this.#int32(at) >>> 0);
    if (!Number.isSafeInteger(value)) throw this.bad(`the number at byte ${at} is beyond 2^53`);
    return value;
  }
  /** Place of a field that the table has. */
  #field(table, slot, bytes) {
    const entry = 4 + 2 * slot;
    if (entry + 2 > table.vtableBytes) return void 0;
    const offset = this.#uint16(table.vtable + entry);
    if (offset === 0) return void 0;
    if (offset < 4 || offset + bytes > table.byteLength) {
      throw this.bad(`a field of the table at byte ${table.at} lies outside it`);
    }
    return table.at + offset;
  }
  #table(at) {
    if (at + 4 > this.bytes.byteLength) throw this.#outside(at);
    const vtable = at - this.#int32(at);
    if (vtable < 0 || vtable + 4 > this.bytes.byteLength) throw this.#outside(vtable);
    const vtableBytes = this.#uint16(vtable);
    const byteLength = this.#uint16(vtable + 2);
    if (vtableBytes < 4 || vtable + vtableBytes > this.bytes.byteLength) throw this.#outside(vtable);
    if (byteLength < 4 || at + byteLength > this.bytes.byteLength) throw this.#outside(at);
    this.#checkRead(at, at + byteLength);
    this.#checkRead(vtable, vtable + vtableBytes);
    return { at, byteLength, vtable, vtableBytes };
  }
  #vector(at, elementBytes) {
    if (at + 4 > this.bytes.byteLength) throw this.#outside(at);
    const count = this.#int32(at) >>> 0;
    if (at + 4 + count * elementBytes > this.bytes.byteLength) {
      throw this.bad(`it ends before the ${count} elements that stand at byte ${at}`);
    }
    if (at + 4 !== this.#leftOut.at) this.#checkRead(at, at + 4 + count * elementBytes);
    return { at: at + 4, count };
  }
  #checkRead(start, end) {
    const { at, count } = this.#leftOut;
    if (start < at + count && end > at) throw this.bad(`byte ${start} lies among its checkpoints`);
  }
  #indirect(at) {
    if (at + 4 > this.bytes.byteLength) throw this.#outside(at);
    return at + (this.#int32(at) >>> 0);
  }
  #outside(at) {
    return this.bad(`a table or vector is said to be at byte ${at}, and there are ${this.bytes.byteLength}`);
  }
  #uint16(at) {
    return this.bytes[at] | this.bytes[at + 1] << 8;
  }
  #int32(at) {
    const { bytes } = this;
    return bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24;
  }
};

// src/stages/soci/checkpoints.ts
var checkpointsHeaderBytes = 12;
function checkpointsHeader(count, spanBytes) {
  const header = Buffer.alloc(checkpointsHeaderBytes);
  header.writeInt32LE(count, 0);
  header.writeBigInt64LE(BigInt(spanBytes), 4);
  return header;
}
var plainVersion = 2;
function plainCheckpoints(spanBytes, uncompressedBytes) {
  const builder = new import_flatbuffers.Builder(64);
  builder.startObject(3);
  builder.addFieldInt32(0, plainVersion, 0);
  addLong(builder, 1, spanBytes);
  addLong(builder, 2, uncompressedBytes);
  builder.finish(builder.endObject());
  return builder.asUint8Array();
}

export {
  windowBytes,
  checkpointPlaceBytes,
  checkpointBytes,
  writeCheckpoint,
  readCheckpoint,
  entryTypeOf,
  ztocEntry,
  unindexable,
  nameForPeople,
  PathTree,
  Indexability,
  nextHeader,
  faultText,
  ztocVersion,
  buildTool,
  ztocMediaType,
  entryTypes,
  require_flatbuffers,
  addLong,
  addOffset,
  FlatReader,
  checkpointsHeaderBytes,
  checkpointsHeader,
  plainCheckpoints
};
