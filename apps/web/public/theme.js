// Runs before the first paint, so that a chosen theme does not flash in the other one. Key as in src/appearance/theme.ts.
try {
  const theme = localStorage.getItem('sotto.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is closed to this page: the system's theme applies.
}
