/** What one can send in a call, each on a line of its own (spec/callMedia.md, "Descriptions"). */

export const slotNames = ['microphone', 'camera', 'screen', 'screenSound'] as const;
export type SlotName = (typeof slotNames)[number];
export type Slots<Value> = Readonly<Record<SlotName, Value>>;

export function eachSlot<Value>(make: (name: SlotName) => Value): Record<SlotName, Value> {
  return {
    microphone: make('microphone'),
    camera: make('camera'),
    screen: make('screen'),
    screenSound: make('screenSound'),
  };
}
