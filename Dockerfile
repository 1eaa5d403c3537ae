# One static binary on an image without shell, package manager or root.
#   docker build -t trainingbot --build-arg VERSION="$(git describe --tags --always)" .
#   docker run -p 127.0.0.1:8080:8080 -v trainingbot:/data -v ./config.yaml:/config.yaml:ro trainingbot serve --config /config.yaml
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=""
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/trainingbot . && mkdir /out/data

FROM gcr.io/distroless/static-debian13:nonroot
COPY --from=build /out/trainingbot /trainingbot
COPY --from=build --chown=65532:65532 /out/data /data
# The settings' own sqlite:data/trainingbot.db is then on the volume, and a _FILE may name another.
WORKDIR /
ENV TRAININGBOT_LISTEN=0.0.0.0:8080
USER 65532:65532
VOLUME ["/data"]
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["/trainingbot", "healthcheck"]
ENTRYPOINT ["/trainingbot"]
CMD ["serve"]
