import { decodeWith } from '../codec/reader.ts';
import { ensure } from '../refusal.ts';
import { type RequiredCapabilities, readRequiredCapabilities } from '../structs/capabilities.ts';
import { type Extension, findExtension, hasDuplicateExtensions } from '../structs/extension.ts';
import { type ExternalSender, readExternalSenders } from '../structs/externalSenders.ts';
import { extensionTypes, isGrease } from '../structs/registry.ts';

/** Rules for the extensions of a GroupContext (RFC 9420 §11.1, §12.1.7, §13.4). */

/** Extensions every client knows: they are not listed in capabilities. */
export function isDefaultExtension(type: number): boolean {
  return type >= extensionTypes.applicationId && type <= extensionTypes.externalSenders;
}

/** Proposals every client knows (RFC 9420 §17.4, values 1 to 7). */
export function isDefaultProposal(type: number): boolean {
  return type >= 1 && type <= 7;
}

const nothingRequired: RequiredCapabilities = { extensions: [], proposals: [], credentials: [] };

export function requiredCapabilitiesIn(extensions: readonly Extension[]): RequiredCapabilities {
  const data = findExtension(extensions, extensionTypes.requiredCapabilities);
  return data === null ? nothingRequired : decodeWith(data, readRequiredCapabilities);
}

export function externalSendersIn(extensions: readonly Extension[]): ExternalSender[] {
  const data = findExtension(extensions, extensionTypes.externalSenders);
  return data === null ? [] : decodeWith(data, readExternalSenders);
}

const notForGroupContext: readonly number[] = [
  extensionTypes.applicationId,
  extensionTypes.ratchetTree,
  extensionTypes.externalPub,
];

/** Refuses a list that no GroupContext may have. */
export function checkGroupExtensions(extensions: readonly Extension[]): void {
  ensure(!hasDuplicateExtensions(extensions), 'MLS-12.1.7-01');
  ensure(!extensions.some((extension) => notForGroupContext.includes(extension.type)), 'MLS-12.1.7-02');
  requiredCapabilitiesIn(extensions);
  externalSendersIn(extensions);
}

/** Extension types each member must list, for the group to have these extensions. */
export function extensionTypesToSupport(extensions: readonly Extension[]): number[] {
  return extensions
    .map((extension) => extension.type)
    .filter((type) => !isDefaultExtension(type) && !isGrease(type));
}
