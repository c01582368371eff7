# What users of Cognito keep in Terraform and Sallyport has not built: each must be refused in words.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "endpoint" {
  type = string
}

provider "aws" {
  region                      = "eu-central-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true

  endpoints {
    cognitoidp = var.endpoint
  }
}

resource "aws_cognito_user_pool" "shop" {
  name = "shop"
}

resource "aws_cognito_user_pool_ui_customization" "shop" {
  user_pool_id = aws_cognito_user_pool.shop.id
  css          = ".banner-customizable { background: #fff; }"
}

resource "aws_cognito_identity_provider" "google" {
  user_pool_id  = aws_cognito_user_pool.shop.id
  provider_name = "Google"
  provider_type = "Google"

  provider_details = {
    authorize_scopes = "email"
    client_id        = "id"
    client_secret    = "secret"
  }
}

resource "aws_cognito_risk_configuration" "shop" {
  user_pool_id = aws_cognito_user_pool.shop.id

  risk_exception_configuration {
    blocked_ip_range_list = ["192.0.2.0/24"]
  }
}

data "aws_cognito_user_pool_signing_certificate" "shop" {
  user_pool_id = aws_cognito_user_pool.shop.id
}
