// Believable values for the stand-in.
import type {
  ActivityView,
  AlbumTarget,
  AppState,
  AuditVerdict,
  DeviceView,
  FolderPreview,
  MappingPreview,
  MappingView,
  ProblemView,
  ProfileView,
  RevocationKind,
  RevocationReceipt,
  ServerView,
  LibraryView,
  PolicyView,
  SpaceView,
  SyncOverview,
  TransferView,
} from '../generated/types'

const GB = 1_000_000_000

function ago(seconds: number): string {
  return new Date(Date.now() - seconds * 1000).toISOString()
}

const DAY = 86_400

export const localProfile: ProfileView = {
  id: 'p1',
  kind: 'local',
  serverName: 'Albumen',
  tokensUrl: 'http://127.0.0.1:8401',
  accountName: 'lin',
  role: 'owner',
  deviceId: 'd1',
  deviceName: 'Lin’s ThinkPad',
  clientId: 'c-4f1a',
}

export const serverProfile: ProfileView = {
  ...localProfile,
  kind: 'server',
  serverName: '家庭媒体库',
  tokensUrl: 'https://photos.example.cn',
  role: 'member',
}

export function appState(phase: AppState['phase'], locale: AppState['locale']): AppState {
  return {
    phase,
    locale,
    version: '0.1.0',
    os: 'linux',
    profile: phase === 'onboarding' ? null : serverProfile,
    revocation:
      phase === 'revoked'
        ? { kind: 'sign_out', requestedAt: ago(4 * 60), copies: null }
        : null,
    secretStore: 'keychain',
    warnings: [],
    defaultDeviceName: 'Lin’s ThinkPad',
  }
}

/** The authority that a server with `own-ca` in its name shows. */
export const ownCa = '3fa94c02d1be7790'.repeat(4)

export function probe(url: string): ServerView {
  const full = url.includes('://') ? url : `https://${url}`
  const openid = url.includes('openid') ? 'Home ID' : null
  return { url: full, name: '家庭媒体库', version: '0.1.0', secure: full.startsWith('https:'), openid }
}

export const suggestedFolders = ['/home/lin/Pictures', '/home/lin/桌面/相机', '/media/lin/SDCARD/DCIM']

export function inspect(path: string): FolderPreview {
  if (!path.startsWith('/')) throw failure('folder_not_absolute')
  if (path.includes('missing')) throw failure('folder_missing')
  return {
    path,
    files: 3_412,
    photos: 3_384,
    videos: 28,
    skipped: 19,
    bytes: 28.4 * GB,
    looseFiles: 42,
    subfolders: ['2024/Trip', '2025/Trip', '2026 国庆', 'Scans', '春节'].map((relativePath) => ({
      relativePath,
      files: 674,
      bytes: 5.6 * GB,
    })),
    warnings: path.startsWith('/media') ? ['removable_drive'] : [],
  }
}

function failure(code: string) {
  return { code, message: code, hint: '', retry: false, params: {} }
}

export const space: SpaceView = {
  libraryId: 'smh1',
  libraryName: 'cloud-photo',
  spaceId: 's1',
  name: '家庭',
  multiAlbum: true,
  fileLibrary: false,
  canUpload: true,
}

export const spaces: SpaceView[] = [
  space,
  { ...space, spaceId: 's2', name: 'Travel', multiAlbum: false },
  { ...space, spaceId: 's3', name: 'Archive', canUpload: false },
]

export const libraries: LibraryView[] = [
  {
    libraryId: space.libraryId,
    name: space.libraryName,
    fileLibrary: false,
    hostingUrl: null,
    caSha256: null,
    spaces: spaces.map(({ spaceId, name, canUpload }) => {
      return { spaceId, name, canRead: true, canUpload, canDelete: canUpload }
    }),
  },
]

export const policy: PolicyView = {
  libraryId: space.libraryId,
  spaceId: space.spaceId,
  read: { leastRole: 'viewer', accounts: [] },
  upload: { leastRole: 'member', accounts: [] },
  delete: { leastRole: 'member', accounts: [] },
  quotaBytes: null,
  photos: true,
  videos: true,
  extensions: [],
  guardFiles: 20,
  guardPercent: 2,
  guardLocked: false,
  applied: true,
}

const album = { files: 674, bytes: 5.6 * GB, exists: false, clash: false, proposed: null }

export function previewMapping(target: AlbumTarget): MappingPreview {
  const whole = { files: 3_412, bytes: 28.4 * GB, clashes: 0, rejected: [] }
  if (target.kind === 'root') return { ...whole, albums: [] }
  if (target.kind === 'album') {
    const one = { ...album, album: target.name, folders: [''], files: 3_412, bytes: 28.4 * GB }
    return { ...whole, albums: [{ ...one, exists: target.name === '2026 国庆' }] }
  }
  return {
    ...whole,
    clashes: 1,
    albums: [
      { ...album, album: 'Pictures', folders: [''], files: 42, bytes: 0.3 * GB },
      { ...album, album: '2026 国庆', folders: ['2026 国庆'], exists: true },
      { ...album, album: 'Trip', folders: ['2024/Trip'], clash: true, proposed: '2024 – Trip' },
      { ...album, album: 'Trip', folders: ['2025/Trip'], clash: true, proposed: '2025 – Trip' },
      { ...album, album: 'Scans', folders: ['Scans'] },
      { ...album, album: '春节', folders: ['春节'] },
    ],
    rejected: [{ relativePath: 'Scans/a:b?.jpg', reason: 'file_name_invalid' }],
  }
}

const TRIP = '/home/lin/Pictures/2026 国庆'

const mapping: MappingView = {
  id: 'm1',
  folder: '/home/lin/Pictures',
  libraryId: 'smh1',
  spaceId: 's1',
  spaceName: '家庭',
  target: { kind: 'album', name: 'Pictures' },
  targetLabel: '家庭 / Pictures',
  state: 'transferring',
  filesTotal: 3_412,
  filesVerified: 2_418,
  filesPending: 991,
  filesSkipped: 3,
  filesFailed: 0,
  bytesTotal: 28.4 * GB,
  bytesVerified: 20.2 * GB,
  etaSeconds: 1_080,
  current: [
    { path: `${TRIP}/IMG_2211.HEIC`, bytes: 4e6, sentBytes: 2.6e6, phase: 'uploading' },
    { path: `${TRIP}/IMG_2212.HEIC`, bytes: 4e6, sentBytes: 4e6, phase: 'confirming' },
    { path: `${TRIP}/MVI_0042.MOV`, bytes: 8e8, sentBytes: 0, phase: 'hashing' },
  ],
  lastSuccessAt: ago(3),
  lastScanAt: ago(140),
  watcherHealthy: true,
  paused: false,
}

export function newMapping(args: {
  folder: string
  libraryId: string
  spaceId: string
  target: AlbumTarget
}): MappingView {
  return {
    ...mapping,
    ...args,
    id: `m-${args.folder}`,
    state: 'scanning',
    filesTotal: null,
    bytesTotal: null,
    filesVerified: 0,
    filesPending: 0,
    bytesVerified: 0,
    filesSkipped: 0,
    etaSeconds: null,
    current: [],
    lastSuccessAt: null,
    lastScanAt: null,
  }
}

const done = { filesPending: 0, etaSeconds: null, current: [] }

export function overview(): SyncOverview {
  const speedHistory = Array.from({ length: 60 }, (_, i) => {
    return Math.max(0, 3.1e6 + 1.4e6 * Math.sin(i / 5) + 7e5 * Math.sin(i * 1.7))
  })
  return {
    state: 'transferring',
    bytesPerSecond: 3_820_000,
    speedHistory,
    filesLeft: 991,
    bytesLeft: 8.2 * GB,
    etaSeconds: 1_080,
    problems: 3,
    mappings: [
      mapping,
      {
        ...mapping,
        ...done,
        id: 'm2',
        folder: '/home/lin/桌面/相机',
        targetLabel: '家庭 / 相机',
        state: 'up_to_date',
        filesTotal: 8_120,
        filesVerified: 8_120,
        filesSkipped: 0,
        bytesTotal: 61 * GB,
        bytesVerified: 61 * GB,
      },
      {
        ...mapping,
        ...done,
        id: 'm3',
        folder: '/media/lin/SDCARD/DCIM',
        targetLabel: 'Travel',
        target: { kind: 'root' },
        state: 'blocked_folder_missing',
        filesTotal: 1_204,
        filesVerified: 1_204,
        filesSkipped: 0,
        bytesVerified: 9.1 * GB,
        lastScanAt: ago(3 * DAY),
        lastSuccessAt: ago(3 * DAY),
        watcherHealthy: false,
      },
      {
        ...mapping,
        ...done,
        id: 'm4',
        folder: '/home/lin/Documents/Work scans of the year two thousand and twenty-six/Scans',
        targetLabel: '工作 / 2026',
        state: 'attention',
        filesTotal: 1_207,
        filesVerified: 1_204,
        filesFailed: 3,
        filesSkipped: 0,
        bytesVerified: 2.2 * GB,
      },
    ],
  }
}

export function emptyOverview(): SyncOverview {
  return {
    state: 'up_to_date',
    bytesPerSecond: 0,
    speedHistory: [],
    filesLeft: 0,
    bytesLeft: 0,
    etaSeconds: null,
    problems: 0,
    mappings: [],
  }
}

export function problems(): ProblemView[] {
  const base = { mappingId: 'm4', params: {}, nextTryAt: null }
  const soon = new Date(Date.now() + 300_000).toISOString()
  const named = { ...base, code: 'file_name_invalid', since: ago(7_200) }
  const busy = { ...base, code: 'file_busy', since: ago(600), nextTryAt: soon }
  const folder = '/home/lin/Documents/Scans'
  return [
    { ...named, id: 'x1', path: `${folder}/合同:2026.jpg` },
    { ...busy, id: 'x2', path: `${folder}/IMG_0001.jpg` },
    { ...busy, id: 'x3', path: `${folder}/IMG_0002.jpg` },
  ]
}

export function queue(limit: number): TransferView[] {
  return Array.from({ length: Math.min(limit, 991) }, (_, i) => ({
    path: `/home/lin/Pictures/2026 国庆/IMG_${2213 + i}.HEIC`,
    bytes: 3_900_000 + i * 7_919,
    sentBytes: 0,
    phase: 'waiting',
  }))
}

export function activity(limit: number, before = 61): ActivityView[] {
  const kinds = ['uploaded', 'uploaded', 'uploaded', 'adopted', 'uploaded', 'replaced'] as const
  const count = Math.min(limit, before - 1)
  return Array.from({ length: count }, (_, i) => {
    const id = before - 1 - i
    if (id === 58) {
      const detail = '家庭 / Pictures'
      const path = '/home/lin/Pictures'
      return { id, at: ago(240), kind: 'mapping_added', path, bytes: null, detail }
    }
    return {
      id,
      at: ago((61 - id) * 97),
      kind: id === 55 ? 'failed' : (kinds[id % kinds.length] ?? 'uploaded'),
      path: `/home/lin/Pictures/2026 国庆/IMG_${2150 + id}.HEIC`,
      bytes: 3_600_000 + id * 31_337,
      detail: null,
    }
  })
}

export function devices(): DeviceView[] {
  const base: DeviceView = {
    deviceId: 'd1',
    clientId: 'c-4f1a',
    name: 'Lin’s ThinkPad',
    os: 'Debian 12',
    appVersion: '0.1.0',
    accountName: 'lin',
    thisDevice: true,
    enrolledAt: ago(140 * DAY),
    lastSeenAt: ago(4),
    lastAddress: '192.168.1.20',
    mappings: 2,
    pending: 1_204,
    reportedAt: ago(60),
    lastSyncedAt: ago(300),
    revokedAt: null,
    revocation: null,
    silentSince: null,
  }
  const uncounted = { mappings: null, pending: null, reportedAt: null, lastSyncedAt: null }
  const unsaid = { lastAddress: null, ...uncounted }
  const other = { ...base, ...unsaid, thisDevice: false }
  const silent = (time: number) => ({ lastSeenAt: ago(time), silentSince: ago(time) })
  const gone = {
    lastSeenAt: ago(9 * DAY),
    revokedAt: ago(8.6 * DAY),
    revocation: 'sign_out' as const,
  }
  return [
    base,
    { ...other, deviceId: 'd2', name: 'iMac-书房', os: 'macOS 26', lastSeenAt: ago(180) },
    { ...other, deviceId: 'd3', name: 'Phone-Wang', os: 'Android 17', ...silent(12 * DAY) },
    { ...other, deviceId: 'd4', name: 'OldLaptop', os: 'Windows 11', ...silent(94 * DAY) },
    { ...other, deviceId: 'd5', name: '旧平板', os: 'Android 14', ...gone },
  ]
}

export function receipt(
  deviceId: string,
  at: string,
  kind: RevocationKind = 'sign_out',
): RevocationReceipt {
  return {
    deviceId,
    kind,
    copies: null,
    requestedAt: at,
    executedAt: at,
    confirmedAt: at,
    tokensDeleted: 2,
    uploadsFenced: 1,
    writableUntil: null,
  }
}

export const verdict: AuditVerdict = { tamperedAt: null, first: 1, last: 12, publicKey: 'AAAA' }
