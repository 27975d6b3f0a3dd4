//! The picture of the product: a token from the back end, begin, bytes to the store, confirm, list,
//! fetch.

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn from_a_new_library_to_the_bytes_of_a_photo() {
    let world = World::start_on_disk().await;
    let library = world.library(json!({})).await;
    let space = world
        .space(&library, json!({"isMultiAlbum": true, "allowPhoto": true, "allowVideo": true}))
        .await;
    let grants = "grant=create_directory,upload_file,delete_file,restore_recycled";
    let token = world
        .token(&library, &format!("space_id={space}&user_id=ann&client_id=mac&{grants}"))
        .await;
    let desk = crate::world::Desk { library, space, token };

    let made = world.at(&desk, "PUT", "directory", "%E5%A4%8F%E5%A4%A9?with_inode=1").await;
    assert_eq!((made.status, &made.json["path"]), (201, &json!(["夏天"])), "{made:?}");
    assert!(made.json["inode"].is_string() && made.json["creationTime"].is_string());

    let photo = vec![7_u8; 300_000];
    let begun = world
        .at_with(&desk, "PUT", "file", "夏天/a.jpg?filesize=300000", json!({"category": "raw"}))
        .await;
    assert_eq!(begun.status, 201, "{begun:?}");
    assert!(begun.json.get("uploadId").is_none(), "a simple upload has none");
    // Nothing is there before it is confirmed, and no confirm without the bytes.
    assert_eq!(world.at(&desk, "GET", "directory", "夏天").await.names(), Vec::<String>::new());
    world.confirm(&desk, &begun, "", &photo).await.is(404, "UploadIncomplete");
    world.put(&begun, &photo).await;
    let wrong = world.confirm(&desk, &begun, "", b"other bytes").await;
    wrong.is(400, "BadCrc64");

    let done = world.confirm(&desk, &begun, "with_inode=1&with_content_cas=1", &photo).await;
    assert_eq!(done.status, 200, "{done:?}");
    assert_eq!(done.json["path"], json!(["夏天", "a.jpg"]));
    assert_eq!((&done.json["type"], &done.json["size"]), (&json!("image"), &json!("300000")));
    assert_eq!(done.json["isOverwritten"], json!(false));
    assert_eq!(done.json["contentType"], json!("image/jpeg"));
    // The reply was lost: the same once more, for a day.
    let again = world.confirm(&desk, &begun, "with_inode=1&with_content_cas=1", &photo).await;
    assert_eq!(again.json, done.json);
    assert!(world.confirm(&desk, &begun, "", &photo).await.json.get("inode").is_none());
    world.clock.advance_seconds(90_000);
    let desk = desk.with(&world, "user_id=ann&grant=space_admin").await;
    world.confirm(&desk, &begun, "", &photo).await.is(409, "UploadComplete");

    let list = world.at(&desk, "GET", "directory", "夏天?by-marker=1&with_inode=1").await;
    assert_eq!(list.names(), ["a.jpg"]);
    assert_eq!(list.json["contents"][0]["category"], json!("raw"));
    assert_eq!(list.json["contents"][0]["inode"], done.json["inode"]);
    assert_eq!(list.json["contents"][0]["crc64"], done.json["crc64"]);

    let info = world.at(&desk, "GET", "file", "夏天/a.jpg?info=1").await;
    assert_eq!(world.fetch(&info.text("cosUrl")).await, photo);
    let check = world.at(&desk, "GET", "file", "夏天/a.jpg?info=1&pre_check=1").await;
    assert!(check.json.get("cosUrl").is_none() && check.status == 200);
    let head = world.at(&desk, "HEAD", "file", "夏天/a.jpg").await;
    assert_eq!((head.status, head.header("x-smh-size")), (200, "300000"));
    assert_eq!(head.header("x-smh-crc64"), done.text("crc64"));
    assert_eq!(world.at(&desk, "HEAD", "file", "夏天/b.jpg").await.status, 404);
    assert_eq!(world.download(&desk, "夏天/a.jpg").await, photo);
}

#[tokio::test]
async fn a_multipart_upload_from_begin_to_confirm() {
    let world = World::start_on_disk().await;
    let desk = world.file_desk().await;
    let (first, second) = (vec![1_u8; 1 << 20], vec![2_u8; 1000]);
    let whole = [first.clone(), second.clone()].concat();

    let begun = world.at(&desk, "POST", "file", "film.mov?multipart").await;
    assert_eq!(begun.status, 201, "{begun:?}");
    let id = begun.text("uploadId");
    let part = |n: u32| format!("?uploadId={id}&partNumber={n}");
    assert_eq!(world.put_status(&begun, &part(2), &second).await, 200);

    let key = begun.text("confirmKey");
    world.confirm(&desk, &begun, "", &whole).await.is(400, "MultipartUploadIncomplete");
    let state = world.at(&desk, "GET", "file", &format!("{key}?upload=1")).await;
    assert_eq!(state.json["confirmed"], json!(false));
    assert_eq!(state.json["path"], json!(["film.mov"]));
    assert_eq!(state.json["parts"][0]["PartNumber"], json!(2));
    assert_eq!(state.json["parts"][0]["Size"], json!(1000));
    assert!(state.json["parts"][0]["ETag"].as_str().unwrap().starts_with('"'));
    assert_eq!(state.json["uploadPartInfo"]["uploadId"], json!(id));

    let renewed = world.at(&desk, "POST", "file", &format!("{key}?renew")).await;
    assert_eq!((renewed.status, renewed.text("uploadId")), (200, id.clone()));
    assert_eq!(renewed.text("confirmKey"), key);
    assert_eq!(world.put_status(&renewed, &part(1), &first).await, 200);
    let done = world.confirm(&desk, &begun, "", &whole).await;
    assert_eq!((done.status, done.text("size")), (200, whole.len().to_string()));
    assert_eq!(world.download(&desk, "film.mov").await, whole);
    let state = world.at(&desk, "GET", "file", &format!("{key}?upload=1")).await;
    assert_eq!(state.json["confirmed"], json!(true));
    world.at(&desk, "POST", "file", &format!("{key}?renew")).await.is(409, "UploadComplete");
    world.at(&desk, "DELETE", "file", &format!("{key}?upload")).await.is(409, "UploadComplete");
}

#[tokio::test]
async fn a_session_is_its_users_own_and_can_be_given_up() {
    let world = World::start_on_disk().await;
    let desk = world.file_desk().await;
    let begun = world.at(&desk, "POST", "file", "a.bin?multipart=1").await;
    let key = begun.text("confirmKey");
    let other = desk.with(&world, "user_id=bob&grant=upload_file").await;
    for (method, flag) in [("GET", "upload"), ("POST", "renew"), ("POST", "confirm")] {
        let reply = world.at(&other, method, "file", &format!("{key}?{flag}")).await;
        reply.is(403, "UploadNotBelongYou");
    }
    world
        .at(&other, "DELETE", "file", &format!("{key}?upload"))
        .await
        .is(403, "UploadNotBelongYou");
    // The same user from elsewhere may, and so may a back end.
    let phone = desk.with(&world, "user_id=ann&client_id=phone&grant=upload_file").await;
    assert_eq!(world.at(&phone, "GET", "file", &format!("{key}?upload")).await.status, 200);
    let backend = desk.with(&world, "grant=admin").await;
    assert_eq!(world.at(&backend, "POST", "file", &format!("{key}?renew")).await.status, 200);

    assert_eq!(world.at(&desk, "DELETE", "file", &format!("{key}?upload=1")).await.status, 204);
    world.at(&desk, "GET", "file", &format!("{key}?upload")).await.is(404, "ConfirmKeyNotFound");
    assert_ne!(world.put_status(&begun, "?partNumber=1&uploadId=x", b"late").await, 200);

    let simple = world.at(&desk, "PUT", "file", "b.bin").await;
    let key = simple.text("confirmKey");
    world.at(&desk, "POST", "file", &format!("{key}?renew=1")).await.is(400, "NotMultipartUpload");
    world.at(&desk, "POST", "file", "nosuchkey?confirm").await.is(404, "ConfirmKeyNotFound");
}

#[tokio::test]
async fn bytes_of_files_do_not_pass_through_the_service() {
    let world = World::start_on_disk().await;
    let desk = world.file_desk().await;
    let before = world.service.bytes_received() + world.service.bytes_sent();
    let big = vec![9_u8; 8 << 20];
    assert_eq!(world.upload(&desk, "big.bin", "", &big).await.status, 200);
    assert_eq!(world.download(&desk, "big.bin").await.len(), big.len());
    let moved = world.service.bytes_received() + world.service.bytes_sent() - before;
    assert!(moved > 0 && moved < 16_000, "{moved} bytes for {} of content", big.len());
}
