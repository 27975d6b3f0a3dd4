// Shapes of the icons: strokes on a 24 by 24 field.

export const ICONS = {
  sync:
    'M4 12a8 8 0 0 1 13.7-5.6L20 8.5M20 4v4.5h-4.5' +
    'M20 12a8 8 0 0 1-13.7 5.6L4 15.5M4 20v-4.5h4.5',
  photos: 'M4 5h16v14H4zM4 16l5-5 4 4 2.5-2.5L20 17M15.5 9.2v.1',
  devices: 'M5 5h14v10H5zM2.5 19h19',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  up: 'M12 19V5M6 11l6-6 6 6',
  pause: 'M9 6v12M15 6v12',
  play: 'M8 5.5v13l10-6.5z',
  alert: 'M12 7.5v6M12 17v.1',
  clock: 'M12 7v5.5l3.5 2',
  search: 'M10.5 4.5a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM15 15l5 5',
  read: 'M6 4h8l4 4v12H6zM9 13h6M9 16.5h6',
  folder: 'M3.5 6h6l2 2.5h9V19h-17z',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  close: 'M6 6l12 12M18 6L6 18',
  left: 'M14.5 5.5L8 12l6.5 6.5',
  right: 'M9.5 5.5L16 12l-6.5 6.5',
  info: 'M12 11v6M12 7.5v.1',
  computer: 'M4 5h16v11H4zM9 20h6M12 16v4',
  server: 'M4 5h16v6H4zM4 13h16v6H4zM7.5 8v.1M7.5 16v.1',
  stop: 'M6 12h12',
  phone: 'M8 3h8v18H8zM11.5 18h1',
  album: 'M4 8h16v11H4zM6 5h12',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  broken: 'M4 5h16v14H4zM8 9l8 6M16 9l-8 6',
} as const

export type IconName = keyof typeof ICONS
