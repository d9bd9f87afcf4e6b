/**
 * Text that deflate can refer to from the first byte on (zlib's `deflateSetDictionary`): typical text of webhooks, of
 * responses to them, and of the records around both. A row of 1 KiB is too short for deflate to learn these words.
 *
 * NEVER CHANGE IT: what was deflated with it can only be inflated with it, and rows are kept as long as events. Rows
 * with another dictionary would need a mark. Rows without any need none: bytes that were deflated without a dictionary
 * refer to nothing before themselves, and inflate with any.
 *
 * The last bytes are the cheapest to refer to, so what is in every row comes last.
 */
export const PRESET_DICTIONARY: Uint8Array = Buffer.from(
  [
    // Bodies.
    '"api_version":"idempotency_key":"previous_attributes":{"metadata":{},"livemode":true,"currency":"usd","amount":"total',
    '_price":"quantity":1,"price":"title":"sku":"tags":[]"country":"US","postal_code":null,"city":"address":{"line1":null,',
    '"phone":null,"first_name":"last_name":"email":"customer":{"user":{"login":"node_id":"avatar_url":"https://avatars.git',
    'hubusercontent.com/u/","site_admin":false},"html_url":"https://github.com/","url":"https://api.github.com/repos/","sen',
    'der":{"repository":{"full_name":"description":null,"message":"version":"token":"state":"status":"active","success":true',
    ',"updated_at":"created_at":"2026-01-01T00:00:00.000Z","timestamp":"created":17,"order","event_type":"event":"action":"',
    'object":"name":"type":"data":{"object":{"id":"received":true}',
    // Responses.
    '["content-security-policy","default-src \'none\'"],["set-cookie","; Path=/; HttpOnly; Secure; SameSite=Lax"],["x-amzn-R',
    'equestId","["x-amz-apigw-id","["via","1.1 google"],["access-control-allow-origin","*"],["referrer-policy","no-referrer',
    '"],["x-xss-protection","0"],["x-frame-options","SAMEORIGIN"],["x-content-type-options","nosniff"],["strict-transport-s',
    'ecurity","max-age=31536000; includeSubDomains"],["alt-svc","h3=\\":443\\"; ma=86400"],["nel","{\\"report_to\\":\\"cf-nel\\",\\',
    '"success_fraction\\":0.0,\\"max_age\\":604800}"],["report-to","{\\"group\\":\\"cf-nel\\",\\"max_age\\":604800,\\"endpoints\\":[{\\"',
    'url\\":\\"https://a.nel.cloudflare.com/report/v4?s="],["cf-cache-status","DYNAMIC"],["CF-RAY","["vary","Accept-Encodin',
    'g, Origin"],["etag","W/\\"["cache-control","no-store, no-cache, private, max-age=0, must-revalidate"],["x-request-id","',
    '"],["x-runtime","0.0"],["x-powered-by","Express"],["server","cloudflare"],["Server","nginx"],["transfer-encoding","chun',
    'ked"],["content-type","text/html; charset=utf-8"],["content-type","text/plain; charset=utf-8"],["content-length","2"],',
    '["Date","Mon, 01 Jan 2026 00:00:00 GMT"],["date","Tue, ["connection","close"],["Connection","keep-alive"],["Keep-Alive',
    '","timeout=5"]],"body":{"text":"OK"},"bodyTruncated":false}}',
    // Requests.
    '["Host",".execute-api.us-east-1.amazonaws.com"],["X-Forwarded-Proto","https"],["X-Forwarded-Port","443"],["X-Forwarde',
    'd-For","["X-Amzn-Trace-Id","Root=1-6["X-GitHub-Hook-Installation-Target-Type","repository"],["X-GitHub-Hook-Installatio',
    'n-Target-ID","["X-GitHub-Hook-ID","["X-GitHub-Delivery","["X-GitHub-Event","push"],["X-Hub-Signature","sha1=["X-Hub-Sig',
    'nature-256","sha256=["X-Shopify-Triggered-At","["X-Shopify-Webhook-Id","["X-Shopify-Shop-Domain",".myshopify.com"],["X-S',
    'hopify-API-Version","2026-10"],["X-Shopify-Topic","orders/["X-Shopify-Hmac-Sha256","["Stripe-Signature","t=17,v1=,v0=["',
    'svix-id","msg_["Authorization","Bearer ["Cache-Control","no-cache"],["Accept-Encoding","gzip, deflate, br"],["Accept","',
    '*/*"],["accept","["accept-encoding","["User-Agent","Mozilla/5.0 (compatible; Stripe/1.0 (+https://stripe.com/docs/webh',
    'ooks)"],["User-Agent","GitHub-Hookshot/["user-agent","axios/["Content-Length","["Content-Type","application/json; chars',
    'et=utf-8"],["content-type","application/json"],["Content-Type","application/json"],["X-Hawser-Event-URL","https://.clou',
    'dfront.net/events/evt_01["X-Hawser-Attempt-Count","1"],["X-Hawser-Delivery-Id","dlv_01["X-Hawser-Event-Id","evt_01["web',
    'hook-signature","v1,["webhook-timestamp","17["webhook-id","evt_01',
    '{"method":"POST","path":"","query":"","headers":[["],"sourceIp":"{"number":1,"startedAtMs":17,"durationMs":1,"request',
    'Headers":[["],"error":{"code":"TIMEOUT","message":"],"response":{"statusCode":200,"headers":[["',
  ].join(''),
);
