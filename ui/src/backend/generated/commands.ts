// Written by `ALBUMEN_BLESS=1 cargo test -p albumen-app bindings` from core/app.
// Every command of the program: what it takes and what it answers.
import type {
  ActivityView,
  AlbumTarget,
  AlbumView,
  AppState,
  DeleteGuardView,
  DeviceView,
  Finding,
  FolderPreview,
  LibraryRemoval,
  LibraryView,
  Locale,
  MappingPreview,
  MappingView,
  PhotoView,
  PolicyView,
  ProblemView,
  RevocationReceipt,
  ServerView,
  SpaceView,
  SyncOverview,
  TransferView,
} from './types'

export interface Commands {
  app_state: { args: {}; result: AppState }
  set_locale: { args: { locale: Locale }; result: AppState }
  onboard_local: { args: { deviceName: string }; result: AppState }
  probe_server: { args: { url: string; caPem?: string; caSha256?: string }; result: ServerView }
  onboard_server: { args: { url: string; caPem?: string; caSha256?: string; account: string; password: string; deviceName: string }; result: AppState }
  sign_out: { args: {}; result: AppState }
  suggested_folders: { args: {}; result: string[] }
  inspect_folder: { args: { path: string }; result: FolderPreview }
  list_spaces: { args: {}; result: SpaceView[] }
  create_space: { args: { libraryId: string; name: string }; result: SpaceView }
  list_libraries: { args: {}; result: LibraryView[] }
  adopt_library: { args: { url: string; libraryId: string; secret: string; name: string; fileLibrary: boolean }; result: LibraryView }
  rename_library: { args: { libraryId: string; name: string }; result: LibraryView }
  remove_library: { args: { libraryId: string }; result: LibraryRemoval }
  space_policy: { args: { libraryId: string; spaceId: string }; result: PolicyView }
  set_space_policy: { args: { policy: PolicyView }; result: PolicyView }
  delete_guard: { args: { libraryId: string; spaceId: string }; result: DeleteGuardView }
  set_delete_guard: { args: { libraryId: string; spaceId: string; files?: number; percent?: number; off: boolean }; result: DeleteGuardView }
  list_albums: { args: { libraryId: string; spaceId: string }; result: AlbumView[] }
  preview_mapping: { args: { folder: string; libraryId: string; spaceId: string; target: AlbumTarget }; result: MappingPreview }
  add_mapping: { args: { folder: string; libraryId: string; spaceId: string; target: AlbumTarget }; result: MappingView }
  remove_mapping: { args: { id: string }; result: null }
  pause_mapping: { args: { id: string }; result: MappingView }
  resume_mapping: { args: { id: string }; result: MappingView }
  sync_now: { args: { id?: string }; result: null }
  sync_to_end: { args: {}; result: SyncOverview }
  sync_overview: { args: {}; result: SyncOverview }
  list_queue: { args: { mappingId: string; limit: number }; result: TransferView[] }
  list_problems: { args: { mappingId?: string }; result: ProblemView[] }
  retry_problem: { args: { id: string }; result: null }
  list_activity: { args: { limit: number; before?: number }; result: ActivityView[] }
  photo_detail: { args: { row: number }; result: PhotoView }
  list_devices: { args: {}; result: DeviceView[] }
  revoke_device: { args: { deviceId: string }; result: RevocationReceipt }
  examine: { args: {}; result: Finding[] }
}

export interface BytesCommands {
  photo_index: { args: {}; result: ArrayBuffer }
}
