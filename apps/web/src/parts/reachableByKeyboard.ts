/** For a scrolling region without controls in it: it takes the focus, so that the arrow keys scroll it. */
export const reachableByKeyboard = { tabIndex: 0 } as const;
