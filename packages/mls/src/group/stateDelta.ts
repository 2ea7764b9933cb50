import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import { DecodeError } from '../refusal.ts';
import type { StateDelta, StateRecord, StateRecordKey, StateSection } from './types.ts';

/** What storage does with a delta (spec/mls.md, "Storage"), and a delta in bytes. */

export const sections: readonly StateSection[] = ['core', 'tree', 'secrets', 'proposals'];

/** Name of a record's place, for storage that has one key. */
export function recordName({ section, index }: StateRecordKey): string {
  return `${section}/${index}`;
}

/** What storage does with a delta, for storage that is a Map by `recordName`. */
export function applyStateDelta(records: Map<string, StateRecord>, delta: StateDelta): void {
  for (const [name, { section }] of records) if (delta.clear.includes(section)) records.delete(name);
  for (const key of delta.remove) records.delete(recordName(key));
  for (const record of delta.put) records.set(recordName(record), record);
}

/** Overwrites a delta's secret values, once they are stored. */
export function eraseStateDelta(delta: StateDelta): void {
  for (const { section, value } of delta.put) if (section !== 'tree') value.fill(0);
}

function writeSection(writer: Writer, section: StateSection): Writer {
  return writer.u8(sections.indexOf(section));
}

function readSection(reader: Reader): StateSection {
  const section = sections[reader.u8()];
  if (section === undefined) throw new DecodeError('MLS-P-16');
  return section;
}

export function writeStateDelta(writer: Writer, delta: StateDelta): void {
  writer.vector(delta.clear, writeSection);
  writer.vector(delta.remove, (inner, { section, index }) => writeSection(inner, section).u16(index));
  writer.vector(delta.put, (inner, { section, index, value }) => {
    writeSection(inner, section).u16(index).opaque(value);
  });
}

export function readStateDelta(reader: Reader): StateDelta {
  return {
    clear: reader.vector(readSection),
    remove: reader.vector((inner) => ({ section: readSection(inner), index: inner.u16() })),
    put: reader.vector((inner) => ({
      section: readSection(inner),
      index: inner.u16(),
      value: inner.opaque(),
    })),
  };
}
