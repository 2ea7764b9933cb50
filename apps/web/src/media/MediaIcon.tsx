/** Icons of this part of the app, as those of parts/Icon.tsx and loaded with what uses them. */
const paths = {
  play: 'M8 5l11 7-11 7z',
  pause: 'M8 5v14M16 5v14',
  stop: 'M7 7h10v10H7z',
  image: 'M4 5h16v14H4zM8.500 11a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3zM4 17l5-4 3 2.500 4-4.500 4 4',
  film: 'M4 5h16v14H4zM8 5v14M16 5v14M4 9.500h4M4 14.500h4M16 9.500h4M16 14.500h4',
  file: 'M6 3.500h8l4 4v13H6zM14 3.500v4h4',
  archiveFile: 'M6 3.500h8l4 4v13H6zM14 3.500v4h4M10 6v1.500M10 9.500V11M10 13v3h2v-3z',
  textFile: 'M6 3.500h8l4 4v13H6zM14 3.500v4h4M9 12h6M9 15.500h6',
  table: 'M6 3.500h8l4 4v13H6zM14 3.500v4h4M9 11.500h6v5.500H9zM9 14.300h6M12 11.500V17',
  sound:
    'M9 18a2.500 2.500 0 1 1-2.500-2.500H9zM9 15.500V6l10-2v9.500M19 16a2.500 2.500 0 1 1-2.500-2.500H19z',
  once: 'M12 4a8 8 0 1 0 8 8M10.500 10l2-1.500V16M15.500 4.800a8 8 0 0 1 2 1.300M18.900 7.800a8 8 0 0 1 .8 1.800',
  camera: 'M4 7.500h4L9.500 5h5L16 7.500h4v11H4zM12 16.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7z',
  flip: 'M20 12a8 8 0 0 1-14 5.300M4 12a8 8 0 0 1 14-5.300M18 3v4h-4M6 21v-4h4',
  mic: 'M12 14.500a3 3 0 0 0 3-3v-4a3 3 0 0 0-6 0v4a3 3 0 0 0 3 3zM6 11.500a6 6 0 0 0 12 0M12 17.500V21',
  trash: 'M5 7h14M10 7V4.500h4V7M7 7l1 13h8l1-13M10.500 11v5.500M13.500 11v5.500',
  next: 'M9 5l7 7-7 7',
  previous: 'M15 5l-7 7 7 7',
  zoomIn: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20 20l-4-4M11 8v6M8 11h6',
  zoomOut: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20 20l-4-4M8 11h6',
  forward: 'M13 5l7 6.500-7 6.500v-4c-4 0-7 1-9 4 .5-5 3.500-8.500 9-9z',
  link: 'M10 14a4 4 0 0 0 5.700 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3A4 4 0 0 0 11 18.700l1-1',
  inChat:
    'M12 4.500c4.700 0 8.500 3.200 8.500 7.300s-3.800 7.300-8.500 7.300c-1 0-2-.1-2.900-.4-1.200.9-2.800 1.600-4.900 1.600.9-1.100 1.500-2.300 1.600-3.500a6.900 6.900 0 0 1-2.300-5c0-4.100 3.800-7.300 8.500-7.300zM9 12h6M12.500 9.500L15 12l-2.500 2.500',
  unlock: 'M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 6.800-1.200',
} as const;

export type MediaIconName = keyof typeof paths;

export function MediaIcon({ name }: { name: MediaIconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
