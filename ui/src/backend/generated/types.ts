// Written by `ALBUMEN_BLESS=1 cargo test -p albumen-app bindings` from core/app.
// The values that cross between the pages and the program.

export * from './administration'

export type Locale = 'en' | 'zh-CN'

export type Phase = 'onboarding' | 'ready' | 'revoked' | 'signed_out' | 'waiting_for_keys'

export type Os = 'linux' | 'macos' | 'windows'

export type SecretStore = 'keychain' | 'encrypted_file' | 'key_file' | 'none'

export type AppError = {
  code: string
  message: string
  hint: string
  retry: boolean
  params: Record<string, string>
}

export type AppState = {
  phase: Phase
  locale: Locale
  version: string
  os: Os
  profile: ProfileView | null
  revocation: RevocationView | null
  secretStore: SecretStore
  warnings: string[]
  defaultDeviceName: string
}

export type Role = 'owner' | 'admin' | 'member' | 'viewer'

export type ProfileKind = 'local' | 'server'

export type ProfileView = {
  id: string
  kind: ProfileKind
  serverName: string
  tokensUrl: string
  accountName: string
  role: Role
  deviceId: string
  deviceName: string
  clientId: string
}

export type ServerView = {
  url: string
  name: string
  version: string
  secure: boolean
  openid: string | null
}

export type FolderPreview = {
  path: string
  files: number
  photos: number
  videos: number
  skipped: number
  bytes: number
  looseFiles: number
  subfolders: SubfolderPreview[]
  warnings: string[]
}

export type SubfolderPreview = { relativePath: string; files: number; bytes: number }

export type SpaceView = {
  libraryId: string
  libraryName: string
  spaceId: string
  name: string
  multiAlbum: boolean
  fileLibrary: boolean
  canUpload: boolean
}

export type AlbumView = { name: string; files: number | null }

export type AlbumTarget =
  | { kind: 'root' }
  | { kind: 'album'; name: string }
  | { kind: 'per_folder' }

export type MappingPreview = {
  albums: AlbumPreview[]
  files: number
  bytes: number
  clashes: number
  rejected: RejectedFile[]
}

export type AlbumPreview = {
  album: string
  folders: string[]
  files: number
  bytes: number
  exists: boolean
  clash: boolean
  proposed: string | null
}

export type RejectedFile = { relativePath: string; reason: string }

export type MappingState =
  | 'up_to_date'
  | 'scanning'
  | 'hashing'
  | 'transferring'
  | 'paused'
  | 'waiting_offline'
  | 'waiting_service'
  | 'blocked_revoked'
  | 'blocked_folder_missing'
  | 'blocked_quota'
  | 'attention'

export type MappingView = {
  id: string
  folder: string
  libraryId: string
  spaceId: string
  spaceName: string
  target: AlbumTarget
  targetLabel: string
  state: MappingState
  filesTotal: number | null
  filesVerified: number
  filesPending: number
  filesSkipped: number
  filesFailed: number
  bytesTotal: number | null
  bytesVerified: number
  etaSeconds: number | null
  current: TransferView[]
  lastSuccessAt: string | null
  lastScanAt: string | null
  watcherHealthy: boolean
  paused: boolean
}

export type IgnoreRulesView = { text: string; builtIn: string[] }

export type IgnoreVerdict = {
  path: string
  mappingId: string | null
  ignored: boolean
  source: string | null
  line: number | null
  pattern: string | null
}

export type TransferPhase = 'hashing' | 'uploading' | 'confirming' | 'waiting'

export type TransferView = { path: string; bytes: number; sentBytes: number; phase: TransferPhase }

export type SyncOverview = {
  state: MappingState
  bytesPerSecond: number
  speedHistory: number[]
  filesLeft: number
  bytesLeft: number
  etaSeconds: number | null
  problems: number
  mappings: MappingView[]
}

export type ProblemView = {
  id: string
  mappingId: string
  path: string
  code: string
  params: Record<string, string>
  since: string
  nextTryAt: string | null
}

export type ActivityKind =
  | 'uploaded'
  | 'adopted'
  | 'replaced'
  | 'failed'
  | 'skipped'
  | 'mapping_added'
  | 'mapping_removed'
  | 'deleted_in_cloud'

export type ActivityView = {
  id: number
  at: string
  kind: ActivityKind
  path: string | null
  bytes: number | null
  detail: string | null
}

export type TakenAtSource = 'exif' | 'file'

export type SyncState = 'verified' | 'pending' | 'failed' | 'skipped'

export type PhotoView = {
  row: number
  path: string
  name: string
  takenAt: string | null
  takenAtSource: TakenAtSource
  width: number
  height: number
  bytes: number
  camera: string | null
  kind: 'image' | 'video'
  syncState: SyncState
  album: string | null
  spaceName: string
  version: string
}

export type RevocationKind = 'sign_out' | 'block' | 'remove_copies'

export type CopiesView = { files: number; bytes: number; kept: number; trash: string[] }

export type RevocationView = {
  kind: RevocationKind | null
  requestedAt: string | null
  copies: CopiesView | null
}

export type DeviceView = {
  deviceId: string
  clientId: string
  name: string
  os: string
  appVersion: string
  accountName: string
  thisDevice: boolean
  enrolledAt: string
  lastSeenAt: string | null
  lastAddress: string | null
  mappings: number | null
  pending: number | null
  reportedAt: string | null
  lastSyncedAt: string | null
  revokedAt: string | null
  revocation: RevocationKind | null
  silentSince: string | null
}

export type RevocationReceipt = {
  deviceId: string
  kind: RevocationKind
  requestedAt: string
  executedAt: string | null
  confirmedAt: string | null
  tokensDeleted: number | null
  uploadsFenced: number | null
  writableUntil: string | null
  copies: CopiesView | null
}

export type RotationView = {
  libraryId: string
  requestedAt: string
  executedAt: string | null
  confirmedAt: string | null
  tokensDeleted: number
}

export type AuditEntryView = {
  entry: number
  at: string
  account: string
  device: string
  act: string
  subject: string
}

export type AuditVerdict = {
  tamperedAt: number | null
  first: number | null
  last: number | null
  publicKey: string | null
}

export type PairingState = 'open' | 'pending' | 'approved' | 'refused' | 'burnt' | 'expired'

export type QrView = { side: number; path: string; lines: string[] }

export type PairingOffer = {
  pairingId: string
  code: string
  secondsLeft: number
  server: string
  link: string | null
  qr: QrView | null
}

export type PendingDevice = {
  name: string
  os: string
  appVersion: string
  address: string
  check: string
}

export type PairingView = {
  pairingId: string
  state: PairingState
  secondsLeft: number
  device: PendingDevice | null
}

export type LinkView = { url: string; host: string; caSha256: string | null; code: string }

export type JoinView = {
  accountName: string
  serverName: string
  url: string
  secure: boolean
  check: string
  secondsLeft: number
}

export type JoinStep = { state: PairingState; secondsLeft: number; app: AppState | null }

export type AppEvent =
  | { type: 'state'; state: AppState }
  | { type: 'sync'; overview: SyncOverview }
  | { type: 'photos_changed'; total: number }
  | { type: 'devices_changed' }
  | { type: 'pairing_changed'; pairingId: string }

export type Check = 'home' | 'keys' | 'sign_in' | 'server' | 'clock' | 'folder' | 'audit'

export type Finding = { check: Check; seen: string; error: AppError | null }
