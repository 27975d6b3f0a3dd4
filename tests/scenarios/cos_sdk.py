"""The official COS SDK at the embedded store: put, upload in parts, get, range, list, sign, delete.

Called with the store's port and bucket, and the file of its authority where it speaks TLS; the key is
in the environment. The SDK always names the
bucket in the host, so it is told an address to connect to and the name to ask for.
"""

import os
import random
import ssl
import sys
import urllib.error
import urllib.request

from qcloud_cos import CosConfig, CosS3Client, CosServiceError

port, bucket = int(sys.argv[1]), sys.argv[2]
ca = sys.argv[3] if len(sys.argv) > 3 else None
account = {
    "Region": "any",
    "SecretId": os.environ["AWS_ACCESS_KEY_ID"],
    "SecretKey": os.environ["AWS_SECRET_ACCESS_KEY"],
    "Scheme": "https" if ca else "http",
    "VerifySSL": ca,
    "Endpoint": "localhost",
}
client = CosS3Client(CosConfig(**account, IP="127.0.0.1", Port=port), retry=0)
generator = random.Random(7)
photo = generator.randbytes(300_000)
film = generator.randbytes(3 * 1024 * 1024 + 17)


def read(key, **more):
    answer = client.get_object(Bucket=bucket, Key=key, **more)
    return answer["Body"].get_raw_stream().read()


put = client.put_object(Bucket=bucket, Key="sdk/照片 a+b.jpg", Body=photo, EnableMD5=True)
assert put["ETag"], put
assert put["x-cos-hash-crc64ecma"].isdigit(), put
assert read("sdk/照片 a+b.jpg") == photo
assert read("sdk/照片 a+b.jpg", Range="bytes=100-199") == photo[100:200]

upload = client.create_multipart_upload(Bucket=bucket, Key="sdk/film.mp4")["UploadId"]
parts = []
for number in (1, 2, 3, 4):
    part = film[(number - 1) * 1024 * 1024 : number * 1024 * 1024]
    sent = client.upload_part(
        Bucket=bucket, Key="sdk/film.mp4", Body=part, PartNumber=number, UploadId=upload
    )
    parts.append({"PartNumber": number, "ETag": sent["ETag"]})
there = client.list_parts(Bucket=bucket, Key="sdk/film.mp4", UploadId=upload)["Part"]
assert [int(part["PartNumber"]) for part in there] == [1, 2, 3, 4], there
client.complete_multipart_upload(
    Bucket=bucket, Key="sdk/film.mp4", UploadId=upload, MultipartUpload={"Part": parts}
)
assert read("sdk/film.mp4") == film
head = client.head_object(Bucket=bucket, Key="sdk/film.mp4")
assert int(head["Content-Length"]) == len(film), head

given_up = client.create_multipart_upload(Bucket=bucket, Key="sdk/never.mp4")["UploadId"]
client.abort_multipart_upload(Bucket=bucket, Key="sdk/never.mp4", UploadId=given_up)

listed = client.list_objects(Bucket=bucket, Prefix="sdk/")["Contents"]
assert [row["Key"] for row in listed] == ["sdk/film.mp4", "sdk/照片 a+b.jpg"], listed

for key in ("sdk/照片 a+b.jpg", "sdk/film.mp4"):
    client.delete_object(Bucket=bucket, Key=key)
assert "Contents" not in client.list_objects(Bucket=bucket, Prefix="sdk/")
try:
    read("sdk/film.mp4")
    raise AssertionError("What was deleted is still there")
except CosServiceError as error:
    assert error.get_error_code() == "NoSuchKey", error

# A signed address, as the SDK makes it for a browser; it opens no other key.
client.put_object(Bucket=bucket, Key="sdk/open.jpg", Body=photo)
named = CosS3Client(CosConfig(**account))
url = named.get_presigned_url(Bucket=bucket, Key="sdk/open.jpg", Method="GET")
secure = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca))
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), secure)


def fetch(address):
    host = f"{bucket}.localhost"
    here = address.replace(host, f"127.0.0.1:{port}", 1)
    return opener.open(urllib.request.Request(here, headers={"Host": host})).read()


assert fetch(url) == photo
try:
    fetch(url.replace("open.jpg", "other.jpg"))
    raise AssertionError("A signature opened another key")
except urllib.error.HTTPError as error:
    assert error.code == 403, error

print("The SDK is content.")
