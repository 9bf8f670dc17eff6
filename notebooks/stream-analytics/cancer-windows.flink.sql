-- The same windows in Flink's SQL, of the same rows. Flink's windows are [start, end):
-- one that is moved by a millisecond holds what is in (start, end], as long as times are
-- whole milliseconds, which Kafka's and these rows' are.
CREATE TABLE cancer (
  label BIGINT,
  clump DOUBLE,
  happened TIMESTAMP_LTZ(3),
  WATERMARK FOR happened AS happened - INTERVAL '30' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = 'CANCER',
  'properties.bootstrap.servers' = 'BROKER',
  'scan.startup.mode' = 'earliest-offset',
  'scan.bounded.mode' = 'latest-offset',
  'format' = 'json',
  'json.timestamp-format.standard' = 'ISO-8601'
);
SELECT
  window_end - INTERVAL '0.001' SECOND AS window_end,
  COUNT(*) AS samples,
  SUM(label) AS malignant,
  AVG(clump) AS clump
FROM TABLE(TUMBLE(TABLE cancer, DESCRIPTOR(happened), INTERVAL '1' MINUTE, INTERVAL '0.001' SECOND))
GROUP BY window_start, window_end;
