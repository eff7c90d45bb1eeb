FROM node:22-bookworm-slim AS build
WORKDIR /tacit
COPY package.json package-lock.json tsconfig.base.json ./
COPY shared/package.json shared/
COPY client/package.json client/
COPY coordinator/package.json coordinator/
COPY simulations/package.json simulations/
COPY coordinator/bin coordinator/bin
COPY simulations/bin simulations/bin
RUN npm ci
COPY shared shared
COPY client client
COPY coordinator coordinator
RUN npx tsc -b coordinator && npm prune --omit=dev

FROM node:22-bookworm-slim
ENV NODE_ENV=production
WORKDIR /tacit
COPY --from=build /tacit/package.json ./
COPY --from=build /tacit/node_modules node_modules
COPY --from=build /tacit/shared shared
COPY --from=build /tacit/coordinator coordinator
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node
EXPOSE 8787
HEALTHCHECK CMD node -e "fetch('http://127.0.0.1:8787/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"
ENTRYPOINT ["node", "coordinator/bin/tacit-coordinator.js", "--host", "0.0.0.0", "--data-dir", "/data"]
