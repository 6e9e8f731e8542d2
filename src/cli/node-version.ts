/** The first major version with all that is used here; `engines` of package.json says the same. */
export const oldestNode = 24;

/** What is wrong with this version of Node.js (`process.versions.node`) and what to do; undefined where it will do. */
export function complaintOfNode(version: string): string | undefined {
  if (Number.parseInt(version, 10) >= oldestNode) return undefined;
  return `error: pull-budget needs Node ${oldestNode} or newer, this is ${version}\nInstall it from https://nodejs.org, or run pull-budget with another node.\n`;
}
