/**
 * Keeps `--app-height` at what the on-screen keyboard leaves, for browsers that lay it over the page instead of
 * shrinking it (`interactive-widget` is not known to all).
 */
export function followViewportHeight(): void {
  const viewport = window.visualViewport;
  if (viewport === null) return;
  const apply = (): void => {
    const covered = window.innerHeight - viewport.height * viewport.scale;
    const style = document.documentElement.style;
    if (covered > 80 && viewport.scale === 1) style.setProperty('--app-height', `${viewport.height}px`);
    else style.removeProperty('--app-height');
    if (covered > 80 && viewport.offsetTop > 0) window.scrollTo(0, 0);
  };
  viewport.addEventListener('resize', apply);
  viewport.addEventListener('scroll', apply);
}
