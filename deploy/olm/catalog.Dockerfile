# docker build --file deploy/olm/catalog.Dockerfile --tag virtual-nodes-operator-catalog:0.1.0 deploy/olm/catalog
FROM scratch

LABEL operators.operatorframework.io.index.configs.v1=/configs

COPY . /configs/
