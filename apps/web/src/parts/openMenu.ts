/** A menu that is open, or closed a moment ago: its items, or nothing, have the focus then, which cannot get it back later. */
export interface OpenMenu {
  /** What opened it has the focus again. */
  focusBack: () => void;
}

let open: OpenMenu | null = null;

export function noteOpenMenu(menu: OpenMenu): void {
  open = menu;
}

export function forgetMenu(menu: OpenMenu): void {
  if (open === menu) open = null;
}

/** The menu that what opens now is opened from; null: from none. */
export function openMenu(): OpenMenu | null {
  return open;
}
