-- How much of a platform's monthly quotas the organisation has used through this program, by what the
-- platform counts. month is its first day.
CREATE TABLE platform_use (
  platform @TEXT@ NOT NULL,
  month    DATE NOT NULL,
  kind     @TEXT@ NOT NULL CHECK (kind IN ('api', 'message')),
  used     BIGINT NOT NULL CHECK (used >= 0),
  PRIMARY KEY (platform, month, kind)
);
