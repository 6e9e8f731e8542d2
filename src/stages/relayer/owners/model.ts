import type { Claims } from './claims.ts';
import type { OwnerFinder } from './finder.ts';
import { lastOf, parentOf, within } from './path.ts';

/** Smaller files go with what is around them. */
const modelBytes = 16 * 2 ** 20;

const weights =
  /\.(?:safetensors|gguf|ggml|onnx|onnx_data|bin|pt|pth|ckpt|h5|hdf5|keras|tflite|pb|engine|plan|mlmodel|npz|joblib|pkl|model|weights|data-\d{5}-of-\d{5})$/;

/** Firmware and the like, where a package manager keeps no list that is read. */
const systemPlaces = /^(?:boot|(?:usr\/)?lib\d*)\//;

/** huggingface_hub's cache: blobs, snapshots and refs of one repository. */
const hubRepository = /^(?:models|datasets)--/;

/** A directory with one of these is a model with all that is below it. */
const wholes = ['model_index.json', 'config_sentence_transformers.json', 'saved_model.pb', 'config.pbtxt'];

/** What stands beside the weights of a model and changes with them. */
const companion =
  /^(?:config|generation_config|(?:pre)?processor_config|tokenizer(?:_config)?|special_tokens_map|added_tokens|vocab|adapter_config|chat_template|modules|[\w.-]+\.index)\.json$|^(?:vocab\.txt|merges\.txt|tokenizer\.model|spiece\.model|sentencepiece\.bpe\.model|chat_template\.jinja)$/;

const shard = /-\d{5}-of-\d{5}(?=\.)|\.data-\d{5}-of-\d{5}$/;

/** Model files that no package has, at or above 16 MiB, with what belongs to them. */
export const modelFinder: OwnerFinder = {
  name: 'models',
  tells: [],
  starts: new RegExp(`${weights.source}|${hubRepository.source}`),
  claim(claims, nodes) {
    const { tree } = claims;
    for (const node of nodes) {
      const name = claims.name(node);
      if (tree.kind(node) === 'directory' && hubRepository.test(name)) claimRepository(claims, node, name);
    }
    for (const node of nodes) {
      const isModel = tree.kind(node) === 'file' && tree.bytes(node) >= modelBytes;
      if (isModel && claims.ownerOf(node) === undefined) claimModel(claims, node);
    }
  },
};

function claimRepository(claims: Claims, node: number, name: string): void {
  const what = name.slice(name.indexOf('--') + 2).replaceAll('--', '/');
  claims.claimBelow(node, register(claims, what, claims.path(claims.tree.parent(node))));
}

function claimModel(claims: Claims, node: number): void {
  const path = claims.path(node);
  if (systemPlaces.test(path)) return;
  const directory = parentOf(path);
  const whole = [directory, parentOf(directory)].find((above) => above !== '' && isWhole(claims, above));
  if (whole !== undefined) {
    const top = claims.find(whole);
    if (top !== undefined) claims.claimBelow(top, register(claims, `/${whole}`, ''));
    return;
  }
  const companions = companionsIn(claims, claims.tree.parent(node));
  const alone = within(directory, lastOf(path).replace(shard, ''));
  const owner = register(claims, `/${companions.length > 0 ? directory : alone}`, '');
  claims.claim(node, owner);
  for (const beside of companions) claims.claim(beside, owner);
}

function isWhole(claims: Claims, directory: string): boolean {
  const isIn = (name: string) => claims.find(within(directory, name)) !== undefined;
  return wholes.some(isIn) && !isIn('requirements.txt');
}

function companionsIn(claims: Claims, directory: number): number[] {
  const found: number[] = [];
  for (const node of claims.tree.children(directory)) {
    if (companion.test(claims.name(node)) && claims.tree.kind(node) !== 'directory') found.push(node);
  }
  return found;
}

function register(claims: Claims, what: string, place: string): number {
  return claims.register({ kind: 'model', what, place, class: 'model' });
}
