const barCount = 30;
const step = 40;

/** The sign's voice growing quieter, wide across the foot of the page. Decoration only. */
export function Voice() {
  const bars = Array.from({ length: barCount }, (_, place) => {
    const decay = (1 - place / barCount) ** 1.7;
    const sway = 0.62 + 0.38 * Math.abs(Math.sin(place * 1.9 + 0.7));
    return { x: place * step + step / 2, height: 8 + 240 * decay * sway };
  });
  return (
    <svg
      className="voice"
      viewBox={`0 0 ${barCount * step} 280`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {bars.map(({ x, height }) => (
        <path key={x} d={`M${x} ${280 - height}v300`} />
      ))}
    </svg>
  );
}
